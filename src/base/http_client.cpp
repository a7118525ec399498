// SPDX-License-Identifier: Apache-2.0
#include "base/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <mutex>

#include "base/text.h"

namespace vernier {
namespace {

struct EasyFree {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct MimeFree {
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};

constexpr std::size_t headers_max = 200;

struct Received {
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t bytes_max = 0;
  bool too_large = false;
};

std::size_t receive(char* data, std::size_t size, std::size_t count, void* user) {
  auto& received = *static_cast<Received*>(user);
  const std::size_t bytes = size * count;
  if (received.body.size() + bytes > received.bytes_max) {
    received.too_large = true;
    return 0;
  }
  received.body.append(data, bytes);
  return bytes;
}

// One line of the head; a new status line (after "100 Continue") starts over.
std::size_t receive_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& received = *static_cast<Received*>(user);
  const std::string_view line(data, size * count);
  const auto colon = line.find(':');
  if (line.starts_with("HTTP/")) {
    received.headers.clear();
  } else if (colon != std::string_view::npos && received.headers.size() < headers_max) {
    received.headers.emplace_back(to_lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return line.size();
}

std::unique_ptr<curl_mime, MimeFree> make_form(CURL* curl, const HttpRequest& request) {
  std::unique_ptr<curl_mime, MimeFree> form(curl_mime_init(curl));
  for (const auto& [name, value] : request.form_fields) {
    curl_mimepart* part = curl_mime_addpart(form.get());
    curl_mime_name(part, name.c_str());
    curl_mime_data(part, value.data(), value.size());
  }
  for (const auto& [name, file] : request.form_files) {
    curl_mimepart* part = curl_mime_addpart(form.get());
    curl_mime_name(part, name.c_str());
    curl_mime_filedata(part, file.c_str());
  }
  return form;
}

}  // namespace

Result<HttpResponse> http_request(const HttpRequest& request) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, EasyFree> curl(curl_easy_init());
  CHECK(curl);
  Received received;
  received.bytes_max = request.response_bytes_max;
  curl_slist* header_list = nullptr;
  for (const auto& [name, value] : request.headers)
    header_list = curl_slist_append(header_list, fmt::format("{}: {}", name, value).c_str());
  const std::unique_ptr<curl_slist, ListFree> headers(header_list);
  const bool is_form = !request.form_fields.empty() || !request.form_files.empty();
  const auto form = is_form ? make_form(curl.get(), request) : nullptr;

  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, receive_header);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &received);
  if (is_form) {
    curl_easy_setopt(curl.get(), CURLOPT_MIMEPOST, form.get());
  } else if (request.method != "GET") {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const CURLcode code = curl_easy_perform(curl.get());
  const std::string address = request.url.substr(0, request.url.find('?'));
  if (received.too_large)
    return too_large(
        fmt::format("the answer of {} has more than {} bytes", address, request.response_bytes_max));
  if (code == CURLE_OPERATION_TIMEDOUT) return timed_out(fmt::format("{} did not answer in time", address));
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
    return invalid_input(fmt::format("`{}` is not an http or https address", address));
  if (code != CURLE_OK) return unavailable(fmt::format("{}: {}", address, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return HttpResponse{static_cast<int>(status), std::move(received.body), std::move(received.headers)};
}

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string url_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            std::string_view("-._~").find(c) != std::string_view::npos;
    if (unreserved)
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace vernier
