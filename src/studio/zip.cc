#include "studio/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "core/error.h"

namespace manybody::studio {
namespace {

// The format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kLongestComment = 65535;
constexpr size_t kLongestName = 240, kDeepest = 16;

[[noreturn]] void damaged(const std::string& how) { throw core::UserError("archive", how, "a whole .zip file"); }

struct View {
  std::string_view bytes;
  uint32_t number(size_t at, size_t size) const {
    if (at > bytes.size() || size > bytes.size() - at) damaged("it ends early");
    uint32_t v = 0;
    for (size_t i = 0; i < size; ++i) v |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    return v;
  }
  std::string_view part(size_t at, size_t size) const {
    if (at > bytes.size() || size > bytes.size() - at) damaged("it ends early");
    return bytes.substr(at, size);
  }
};

size_t find_end(const View& view) {
  const size_t size = view.bytes.size();
  if (size < kEndBytes) damaged("it is too short");
  const size_t first = size - std::min(size, kEndBytes + kLongestComment);
  for (size_t at = size - kEndBytes + 1; at-- > first;)
    if (view.number(at, 4) == kEnd) return at;
  damaged("it is no .zip file");
}

std::string inflate_entry(std::string_view packed, size_t size, size_t room) {
  if (size > room) throw core::UserError("archive", "its files are too large", "less than the limit, unpacked");
  std::string out(size, '\0');
  z_stream z{};
  if (inflateInit2(&z, -15) != Z_OK) damaged("it cannot be unpacked");
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&z, Z_FINISH);
  const size_t made = z.total_out;
  inflateEnd(&z);
  // More than its directory says: Z_BUF_ERROR, with the room used up.
  if (result != Z_STREAM_END || made != size) damaged("an entry is damaged");
  return out;
}

}  // namespace

bool is_plain_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestName) return false;
  size_t depth = 0;
  while (true) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part.empty() || part == "." || part == ".." || ++depth > kDeepest) return false;
    for (const char c : part)
      if (c == '\\' || c == ':' || static_cast<unsigned char>(c) < 32 || c == 127) return false;
    if (end == path.size()) return true;
    path.remove_prefix(end + 1);
  }
}

std::map<std::string, std::string> read_zip(std::string_view archive, const ZipLimits& limits) {
  const View view{archive};
  const size_t end = find_end(view);
  const size_t count = view.number(end + 10, 2);
  size_t at = view.number(end + 16, 4);
  if (count > limits.files)
    throw core::UserError("archive", std::to_string(count) + " files", "at most " + std::to_string(limits.files));
  std::map<std::string, std::string> files;
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    if (view.number(at, 4) != kCentral) damaged("its directory is damaged");
    const uint32_t flags = view.number(at + 8, 2), method = view.number(at + 10, 2), checksum = view.number(at + 16, 4);
    const size_t packed = view.number(at + 20, 4), size = view.number(at + 24, 4);
    const size_t name_size = view.number(at + 28, 2), extra = view.number(at + 30, 2), comment = view.number(at + 32, 2);
    const size_t local = view.number(at + 42, 4);
    const std::string name(view.part(at + kCentralBytes, name_size));
    at += kCentralBytes + name_size + extra + comment;
    if (!name.empty() && name.back() == '/') continue;
    if (!is_plain_path(name)) throw core::UserError("archive", "it holds a file outside itself", "plain relative names");
    if (flags & 1) throw core::UserError("archive", "it is encrypted", "one without a password");
    if (view.number(local, 4) != kLocal) damaged("an entry is missing");
    const size_t start = local + kLocalBytes + view.number(local + 26, 2) + view.number(local + 28, 2);
    const std::string_view bytes = view.part(start, packed);
    if (method != 0 && method != 8)
      throw core::UserError("archive", "it is packed in an unusual way", "stored or deflated files");
    if (method == 0 && packed != size) damaged("an entry is damaged");
    if (size > limits.bytes - total)
      throw core::UserError("archive", "its files are too large", std::to_string(limits.bytes >> 20) + " MiB unpacked");
    std::string content = method == 0 ? std::string(bytes) : inflate_entry(bytes, size, limits.bytes - total);
    if (crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())) != checksum)
      damaged("an entry is damaged");
    total += content.size();
    files[name] = std::move(content);
  }
  return files;
}

}  // namespace manybody::studio
