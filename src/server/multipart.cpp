// SPDX-License-Identifier: Apache-2.0
#include "server/multipart.h"

#include <Poco/Exception.h>
#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/MultipartReader.h>
#include <Poco/Net/NameValueCollection.h>
#include <fmt/format.h>

#include <fstream>
#include <vector>

#include "base/text.h"

namespace vernier::server {
namespace {

using Poco::Net::MessageHeader;
using Poco::Net::NameValueCollection;

constexpr int parts_max = 16;
constexpr int part_headers_max = 8;
constexpr std::size_t field_bytes_max = 256 * 1024;  // some six thousand ancestors
constexpr std::size_t boundary_bytes_max = 70;       // RFC 2046, 5.1.1

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

Result<std::string> part_name(const MessageHeader& header) {
  std::string disposition;
  NameValueCollection parameters;
  MessageHeader::splitParameters(header.get("Content-Disposition", ""), disposition, parameters);
  const std::string name = parameters.get("name", "");
  if (to_lower(disposition) != "form-data" || name.empty())
    return invalid_input("malformed multipart body: a part without a name, or its end is missing");
  return name;
}

Result<std::string> read_field(std::istream& part, const std::string& name) {
  std::string value(field_bytes_max + 1, '\0');
  part.read(value.data(), static_cast<std::streamsize>(value.size()));
  value.resize(static_cast<std::size_t>(part.gcount()));
  if (value.size() > field_bytes_max)
    return invalid_input(fmt::format("part `{}` has more than {} bytes", name, field_bytes_max));
  return value;
}

Result<SpooledFile> copy_to_file(std::istream& part, const std::filesystem::path& folder) {
  auto file = TRY(SpooledFile::create(folder));
  std::vector<char> piece(64 * 1024);
  while (part) {
    part.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    TRY(file.append({piece.data(), static_cast<std::size_t>(part.gcount())}));
  }
  return file;
}

}  // namespace

Result<Multipart> read_multipart(const std::filesystem::path& body, std::string_view content_type,
                                 std::string_view file_part, const std::filesystem::path& folder) {
  try {
    const std::string boundary = TRY(boundary_of(content_type));
    std::ifstream stream(body, std::ios::binary);
    if (!stream) return unavailable("the received body cannot be read");
    Poco::Net::MultipartReader reader(stream, boundary);
    Multipart multipart;
    for (int parts = 0; reader.hasNextPart(); ++parts) {
      if (parts == parts_max) return invalid_input(fmt::format("more than {} parts", parts_max));
      MessageHeader header;
      header.setFieldLimit(part_headers_max);
      reader.nextPart(header);
      const std::string name = TRY(part_name(header));
      if (name == file_part)
        multipart.file = TRY(copy_to_file(reader.stream(), folder));
      else
        multipart.fields.emplace(name, TRY(read_field(reader.stream(), name)));
    }
    return multipart;
  } catch (const Poco::Exception& error) {
    return invalid_input("malformed multipart body: " + error.displayText());
  }
}

}  // namespace vernier::server
