#include "body/xml.h"

#include <cctype>

namespace manybody::body {
namespace {

bool name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == ':' || c == '.'; }

class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  XmlText run() {
    while (at_ < text_.size()) {
      if (text_[at_] != '<') {
        step();
      } else if (starts("<!--")) {
        skip_to("-->", "a comment is not closed", "-->");
      } else if (starts("<?")) {
        skip_to("?>", "a processing instruction is not closed", "?>");
      } else if (starts("<![CDATA[")) {
        skip_to("]]>", "a CDATA section is not closed", "]]>");
      } else if (starts("<!")) {
        skip_to(">", "a declaration is not closed", ">");
      } else if (starts("</")) {
        close();
      } else {
        open();
      }
      if (out_.faults.size() > 20) break;
    }
    for (size_t i = stack_.size(); i-- > 0 && out_.faults.size() < 20;)
      fault(out_.elements[stack_[i]].line, "<" + out_.elements[stack_[i]].tag + "> is never closed",
            "</" + out_.elements[stack_[i]].tag + ">");
    if (out_.elements.empty() && out_.faults.empty()) fault(1, "there is no XML element", "<mujoco> or <robot>");
    return std::move(out_);
  }

 private:
  bool starts(const char* what) const { return text_.compare(at_, std::char_traits<char>::length(what), what) == 0; }
  void step() {
    if (text_[at_] == '\n') ++line_;
    ++at_;
  }
  void spaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) step();
  }
  std::string name() {
    const size_t start = at_;
    while (at_ < text_.size() && name_char(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  void fault(int line, std::string problem, std::string expected) {
    out_.faults.push_back({line, std::move(problem), std::move(expected)});
  }

  void skip_to(const char* end, const char* problem, const char* expected) {
    const int line = line_;
    const size_t found = text_.find(end, at_);
    if (found == std::string::npos) fault(line, problem, expected);
    const size_t stop = found == std::string::npos ? text_.size() : found + std::char_traits<char>::length(end);
    while (at_ < stop) step();
  }

  void close() {
    const int line = line_;
    at_ += 2;
    const std::string tag = name();
    spaces();
    if (at_ < text_.size() && text_[at_] == '>') ++at_;
    else fault(line, "</" + tag + " is not closed", ">");
    if (stack_.empty()) return fault(line, "</" + tag + "> closes nothing", "an element that is open");
    const XmlElement& open = out_.elements[stack_.back()];
    if (open.tag != tag)
      fault(line, "</" + tag + "> closes <" + open.tag + "> of line " + std::to_string(open.line), "</" + open.tag + ">");
    if (open.tag != tag && stack_.size() > 1 && out_.elements[stack_[stack_.size() - 2]].tag == tag) stack_.pop_back();
    stack_.pop_back();
  }

  void open() {
    XmlElement element;
    element.line = line_;
    element.parent = stack_.empty() ? -1 : stack_.back();
    ++at_;
    element.tag = name();
    if (element.tag.empty()) return fault(line_, "'<' is not followed by a name", "an element such as <body>");
    bool single = false;
    while (true) {
      spaces();
      if (at_ >= text_.size()) {
        fault(element.line, "<" + element.tag + " is cut off", "> or />");
        break;
      }
      if (text_[at_] == '>') {
        ++at_;
        break;
      }
      if (starts("/>")) {
        at_ += 2, single = true;
        break;
      }
      if (!attribute(element)) break;
    }
    element.content = at_;
    out_.elements.push_back(element);
    if (!single) stack_.push_back(static_cast<int>(out_.elements.size()) - 1);
  }

  bool attribute(XmlElement& element) {
    const int line = line_;
    const std::string key = name();
    spaces();
    if (key.empty() || at_ >= text_.size() || text_[at_] != '=') {
      fault(line, "<" + element.tag + "> has " + (key.empty() ? "a stray character" : "'" + key + "' without a value"),
            "name=\"value\"");
      if (at_ < text_.size() && key.empty()) step();
      return text_.find('>', at_) != std::string::npos;
    }
    ++at_;
    spaces();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') {
      fault(line, "the value of '" + key + "' is not in quotes", key + "=\"…\"");
      return false;
    }
    const size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '<') step();
    if (at_ >= text_.size() || text_[at_] == '<') {
      fault(line, "the value of '" + key + "' is not closed", std::string(1, quote));
      return false;
    }
    if (element.attribute(key)) fault(line, "<" + element.tag + "> has '" + key + "' twice", "one value");
    element.attributes.emplace_back(key, text_.substr(start, at_ - start));
    ++at_;
    return true;
  }

  const std::string& text_;
  size_t at_ = 0;
  int line_ = 1;
  XmlText out_;
  std::vector<int> stack_;
};

}  // namespace

const std::string* XmlElement::attribute(const std::string& name) const {
  for (const auto& [key, value] : attributes)
    if (key == name) return &value;
  return nullptr;
}

XmlText scan_xml(const std::string& text) { return Scanner(text).run(); }

}  // namespace manybody::body
