// SPDX-License-Identifier: Apache-2.0
#include "forge/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/http_client.h"
#include "base/text.h"

namespace vernier::forge {
namespace {

constexpr std::size_t url_bytes_max = 2'000;
constexpr std::size_t segment_bytes_max = 255;
constexpr std::size_t segments_max = 20;

struct Url {
  std::string scheme;
  std::string host;  // with its port
  std::string path;  // empty, or "/..." without a slash at its end
};

bool is_name_character(unsigned char c) {
  return std::isalnum(c) || c == '-' || c == '_' || c == '.';
}

bool is_segment(std::string_view segment) {
  return !segment.empty() && segment.size() <= segment_bytes_max && segment != "." && segment != ".." &&
         std::ranges::all_of(segment, is_name_character);
}

Status check_name(const model::Repository& repository) {
  const auto segments = split(repository.name, '/');
  const bool nests = repository.provider == "gitlab";
  const bool count_fits =
      nests ? segments.size() >= 2 && segments.size() <= segments_max : segments.size() == 2;
  if (!count_fits || !std::ranges::all_of(segments, is_segment))
    return invalid_input(fmt::format("the repository's name must read {}, as its page's address does",
                                     nests ? "group/project" : "owner/repository"));
  return {};
}

Result<Url> read_url(const std::string& text) {
  constexpr std::string_view explanation = "the repository's url must read https://host or https://host/path";
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string::npos || text.size() > url_bytes_max)
    return invalid_input(std::string(explanation));
  Url url;
  url.scheme = to_lower(text.substr(0, scheme_end));
  const std::string rest = text.substr(scheme_end + 3);
  const std::size_t host_end = std::min(rest.find('/'), rest.size());
  url.host = to_lower(rest.substr(0, host_end));
  url.path = rest.substr(host_end);
  while (url.path.ends_with('/'))
    url.path.pop_back();
  if (url.host.find('@') != std::string::npos)
    return invalid_input("the repository's url must hold no user or password; the token has its own field");
  const bool host_fits = !url.host.empty() && std::ranges::all_of(url.host, [](unsigned char c) {
    return is_name_character(c) || c == ':' || c == '[' || c == ']';
  });
  const bool path_fits = std::ranges::all_of(
      url.path, [](unsigned char c) { return is_name_character(c) || c == '/' || c == '~' || c == '%'; });
  if ((url.scheme != "https" && url.scheme != "http") || !host_fits || !path_fits)
    return invalid_input(std::string(explanation));
  return url;
}

// The forge's root from the repository's own address.
std::string without_name(std::string path, const std::string& name) {
  if (path.ends_with(".git")) path.resize(path.size() - 4);
  const std::string tail = "/" + name;
  if (to_lower(path).ends_with(to_lower(tail))) path.resize(path.size() - tail.size());
  return path;
}

Result<Address> github_address(const Url& url, const std::string& name) {
  const std::string root = url.scheme + "://" + url.host + url.path;
  if (url.host == "github.com" || url.host == "www.github.com") {
    if (!url.path.empty())
      return invalid_input(fmt::format("the url is not the address of {}; enter https://github.com", name));
    return Address{"https://api.github.com", name, true};
  }
  const bool is_api =
      url.scheme == "http" || url.host.starts_with("api.") || url.path.find("/api/") != std::string::npos;
  if (is_api) return Address{root, name, url.host == "api.github.com"};
  if (url.host.ends_with(".ghe.com")) return Address{"https://api." + url.host, name, false};
  return Address{root + "/api/v3", name, false};
}

}  // namespace

Result<Address> read_address(const model::Repository& repository) {
  if (repository.provider.empty()) return invalid_input("the repository has no provider");
  const bool is_gitlab = repository.provider == "gitlab";
  const bool is_github = repository.provider == "github";
  if (!is_gitlab && !is_github && repository.provider != "gitea" && repository.provider != "forgejo")
    return invalid_input(fmt::format("provider `{}` is not known; use github, gitlab, gitea or forgejo",
                                     repository.provider.substr(0, 40)));
  TRY(check_name(repository));
  std::string text(trim(repository.url));
  if (text.empty() && is_github) text = "https://github.com";
  if (text.empty() && is_gitlab) text = "https://gitlab.com";
  if (text.empty()) return invalid_input("the repository has no url; enter that of the forge");
  Url url = TRY(read_url(text));
  url.path = without_name(std::move(url.path), repository.name);
  if (is_github) return github_address(url, repository.name);
  const std::string root = url.scheme + "://" + url.host + url.path;
  if (is_gitlab) return Address{root + "/api/v4", url_encode(repository.name), false};
  return Address{root + "/api/v1", repository.name, false};
}

}  // namespace vernier::forge
