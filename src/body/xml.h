// A tolerant look at XML text, to say on which line a thing stands. MuJoCo reads the model; this only finds places. Internal.
//
// Reads: any text. Writes: elements with their lines, and where the markup itself is broken.
// Limits: no entities beyond the five of XML, no namespaces.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace manybody::body {

struct XmlElement {
  std::string tag;
  std::vector<std::pair<std::string, std::string>> attributes;
  int line = 0, parent = -1;
  size_t content = 0;  // place in the text after its opening tag

  const std::string* attribute(const std::string& name) const;  // nullptr when absent
};

struct XmlFault {
  int line = 0;
  std::string problem, expected;
};

struct XmlText {
  std::vector<XmlElement> elements;  // in the order they open
  std::vector<XmlFault> faults;
};

XmlText scan_xml(const std::string& text);

}  // namespace manybody::body
