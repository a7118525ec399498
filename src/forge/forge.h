// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/commit_sha.h"
#include "model/pull_request.h"
#include "model/settings.h"

namespace vernier::forge {

// A webhook delivery as it came in: the raw bytes, which the signature is over.
struct Delivery {
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
};

// What a delivery asks for. Forges tell of one thing in many ways; an event says what there is to do, and the
// pull request itself is read from the forge's API, so that events out of order do no harm.
enum class EventKind {
  ignored,       // well formed, and nothing to do (ping, issue, star, ...)
  pull_request,  // opened, new head, labels, base, closed: read it again
  comment,       // somebody wrote on a pull request
  rerun,         // a check run was asked for again
  push           // a branch moved
};

struct Event {
  EventKind kind = EventKind::ignored;
  std::string id;              // of the delivery, for refusing repeats; empty where the forge sends none
  std::string repository;      // "owner/name" of the base repository
  std::string sender;          // login
  std::int64_t sender_id = 0;  // the forge's number of that account; 0 where not told
  std::int64_t pr_number = 0;  // 0 where not told (a check run of a fork); then head_sha is
  model::CommitSha head_sha;
  bool closed = false;             // the pull request was closed or merged
  std::int64_t comment_id = 0;     // the comment's own id
  std::string comment;             // its text
  std::string author_association;  // GitHub: of the commenter; empty elsewhere
  std::string branch;              // push: without "refs/heads/"; empty where a tag moved
  model::CommitSha before, after;  // push
  // The pull request as a delivery about it tells; unset for other kinds.
  std::optional<model::PullRequest> told = {};
};

// "github", "gitlab", "gitea" or "forgejo" by the delivery's headers: Gitea's and Forgejo's come with
// GitHub's names beside their own. Empty where they are none of these.
std::string provider_of(const Delivery& delivery);

// Whether the delivery is signed with `secret` (GitLab: carries it, or is signed with it), compared in
// constant time. An empty secret signs nothing.
bool is_signed(const Delivery& delivery, std::string_view secret);

// Whether `signature` is the HMAC-SHA256 of the bytes in hexadecimal, compared in constant time: how services
// beside the forges sign. An empty secret signs nothing.
bool is_hmac_of(std::string_view signature, std::string_view bytes, std::string_view secret);

// Reads a delivery; its signature is not looked at. Fails with invalid_input on malformed JSON and where a
// field that the event needs is missing, naming it.
Result<Event> read_event(const Delivery& delivery);

struct Commit {
  model::CommitSha sha;
  std::string message;
  std::vector<model::CommitSha> parents;
};

// From one commit to another: what `head` has that `base` has not.
struct CompareResult {
  model::CommitSha merge_base;
  std::vector<Commit> commits;     // oldest first
  std::vector<std::string> files;  // paths; renamed ones under both names
  bool complete = true;            // false where the forge cut one of the lists
};

// `confirmation` waits for people, and nothing is wrong; `action_required` is an outcome that they are to
// mend.
enum class CheckState {
  waiting,
  running,
  confirmation,
  success,
  neutral,
  failure,
  action_required,
  cancelled,
  error
};

// Whether somebody may push to a repository; `untold` where the forge does not tell our account.
enum class WriteAccess { granted, refused, untold };

// The one status or check run of a CI config on a commit.
struct CheckOrder {
  model::CommitSha sha;
  CheckState state = CheckState::waiting;
  std::string context;      // its name: "vernier/jaffle-ci"
  std::string description;  // one line; cut to the forge's limit
  std::string summary;      // markdown, for check runs
  std::string url;
  std::string branch;                // the pull request's head branch; GitLab files statuses by it
  std::int64_t head_project_id = 0;  // GitLab: where the head commit is; 0: in the repository itself
  std::string known_id;              // what put_check() gave before for this sha; empty if nothing
};

// A delivery to our webhook that failed each time.
struct FailedDelivery {
  std::string id;     // of the newest try, as redeliver() takes it
  std::string event;  // "pull_request"
  std::string delivered_at;
};

// One repository at one forge, by its API. Errors: unavailable and timed_out (and whatever has retry_after_s)
// are worth another try; denied, not_found and invalid_input are not before somebody changes something. No
// message holds a token. All methods may be called from any thread.
class Forge {
 public:
  virtual ~Forge() = default;

  // The account that the token belongs to; an App's is "slug[bot]".
  virtual Result<std::string> login() = 0;
  // "owner/name" as the forge has it now, which after a renaming is not what it was opened with.
  virtual Result<std::string> name() = 0;
  virtual Result<model::PullRequest> pull_request(std::int64_t number) = 0;
  // The open pull requests with that head commit, for events that name only a commit.
  virtual Result<std::vector<std::int64_t>> pull_requests_of(const model::CommitSha& head) = 0;
  virtual Result<std::vector<std::string>> changed_files(std::int64_t number) = 0;
  // `base` and `head` are SHAs or branch names.
  virtual Result<CompareResult> compare(std::string_view base, std::string_view head) = 0;
  virtual Result<std::string> commit_message(const model::CommitSha& commit) = 0;
  // Whether the event's sender may push to the repository.
  virtual Result<WriteAccess> write_access(const Event& event) = 0;

  // Makes or updates the one comment that starts with the line `marker`: first the one of `known_id`, then
  // one of our own with the marker, else a new one; of two made at once the older stays. Gives its id.
  virtual Result<std::string> put_comment(std::int64_t number, const std::string& known_id,
                                          std::string_view marker, const std::string& body) = 0;
  // A short answer to somebody's command.
  virtual Status add_comment(std::int64_t number, const std::string& body) = 0;
  // What the forge could not deliver to our webhook within the last day, and asking it for one of these
  // again; the newest first. Empty where the forge keeps no such list, or not for our account.
  virtual Result<std::vector<FailedDelivery>> failed_deliveries() { return std::vector<FailedDelivery>(); }
  virtual Status redeliver(const FailedDelivery&) { return {}; }
  // Gives the id of a check run; empty where the forge keeps statuses by name.
  virtual Result<std::string> put_check(const CheckOrder& order) = 0;
};

// The repository's forge. Fails with invalid_input where provider, url, name, or token is missing or not
// understood. Nothing is asked of the forge yet.
Result<std::unique_ptr<Forge>> open(const model::Repository& repository);

}  // namespace vernier::forge
