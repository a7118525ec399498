// SPDX-License-Identifier: Apache-2.0
//
// Poco reads the headers and their parameters. The cut into parts is made here: Poco's MultipartReader loses
// or adds a byte where a part's content ends like the beginning of a delimiter, which a zip may.
#include "server/multipart.h"

#include <Poco/Exception.h>
#include <Poco/File.h>
#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/NameValueCollection.h>
#include <Poco/SharedMemory.h>
#include <fmt/format.h>

#include <sstream>
#include <vector>

#include "base/text.h"

namespace vernier::server {
namespace {

using Poco::Net::MessageHeader;
using Poco::Net::NameValueCollection;

constexpr std::size_t parts_max = 16;
constexpr int part_headers_max = 8;
constexpr std::size_t header_bytes_max = 16 * 1024;
constexpr std::size_t field_bytes_max = 256 * 1024;  // some six thousand ancestors
constexpr std::size_t boundary_bytes_max = 70;       // RFC 2046, 5.1.1

Error malformed(std::string_view why) {
  return invalid_input(fmt::format("malformed multipart body: {}", why));
}

Result<std::string> boundary_of(std::string_view content_type) {
  std::string type;
  NameValueCollection parameters;
  MessageHeader::splitParameters(std::string(content_type), type, parameters);
  if (to_lower(type) != "multipart/form-data")
    return invalid_input("the content type must be multipart/form-data");
  const std::string boundary = parameters.get("boundary", "");
  if (boundary.empty() || boundary.size() > boundary_bytes_max)
    return invalid_input("the content type names no boundary of 1 to 70 bytes");
  return boundary;
}

// What stands between the delimiters (RFC 2046, 5.1.1): header and content of each part.
Result<std::vector<std::string_view>> split_parts(std::string_view body, std::string_view boundary) {
  const std::string delimiter = fmt::format("\r\n--{}", boundary);
  const std::string_view first = std::string_view(delimiter).substr(2);  // nothing stands before it
  if (!body.starts_with(first)) return malformed("it does not begin with the boundary");
  body.remove_prefix(first.size());
  std::vector<std::string_view> parts;
  while (!body.starts_with("--")) {
    body.remove_prefix(std::min(body.find_first_not_of(" \t"), body.size()));
    if (!body.starts_with("\r\n")) return malformed("the boundary goes on unexpectedly");
    if (parts.size() == parts_max) return malformed(fmt::format("it has more than {} parts", parts_max));
    const std::size_t end = body.find(delimiter, 2);
    if (end == std::string_view::npos) return malformed("its end is missing");
    parts.push_back(body.substr(2, end - 2));
    body.remove_prefix(end + delimiter.size());
  }
  return parts;
}

struct Part {
  std::string name;
  std::string_view content;
};

Result<Part> read_part(std::string_view part) {
  constexpr std::string_view blank_line = "\r\n\r\n";
  const std::size_t end = part.substr(0, header_bytes_max).find(blank_line);
  if (end == std::string_view::npos) return malformed("a part has no header, or too long a one");
  MessageHeader header;
  header.setFieldLimit(part_headers_max);
  std::istringstream lines(std::string(part.substr(0, end + blank_line.size())));
  header.read(lines);
  std::string disposition;
  NameValueCollection parameters;
  MessageHeader::splitParameters(header.get("Content-Disposition", ""), disposition, parameters);
  std::string name = parameters.get("name", "");
  if (to_lower(disposition) != "form-data" || name.empty()) return malformed("a part has no name");
  return Part{std::move(name), part.substr(end + blank_line.size())};
}

Result<SpooledFile> copy_to_file(std::string_view content, const std::filesystem::path& folder) {
  auto file = TRY(SpooledFile::create(folder));
  TRY(file.append(content));
  return file;
}

Result<Multipart> take_apart(std::string_view body, std::string_view boundary, std::string_view file_part,
                             const std::filesystem::path& folder) {
  Multipart multipart;
  for (const std::string_view text : TRY(split_parts(body, boundary))) {
    Part part = TRY(read_part(text));
    if (part.name == file_part)
      multipart.file = TRY(copy_to_file(part.content, folder));
    else if (part.content.size() > field_bytes_max)
      return malformed(fmt::format("the field `{}` has more than {} bytes", part.name, field_bytes_max));
    else
      multipart.fields.emplace(std::move(part.name), part.content);
  }
  return multipart;
}

}  // namespace

Result<Multipart> read_multipart(const std::filesystem::path& body, std::string_view content_type,
                                 std::string_view file_part, const std::filesystem::path& folder) {
  try {
    const std::string boundary = TRY(boundary_of(content_type));
    const Poco::File file(body.string());
    if (file.getSize() == 0) return malformed("it is empty");
    const Poco::SharedMemory mapped(file, Poco::SharedMemory::AM_READ);
    return take_apart({mapped.begin(), mapped.end()}, boundary, file_part, folder);
  } catch (const Poco::FileException&) {
    return unavailable("the received body cannot be read");
  } catch (const Poco::Exception& error) {
    return malformed(error.displayText());
  }
}

}  // namespace vernier::server
