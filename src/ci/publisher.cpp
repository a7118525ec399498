// SPDX-License-Identifier: Apache-2.0
#include "ci/publisher.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/hash.h"
#include "base/text.h"
#include "ci/carry_out.h"
#include "ci/check.h"
#include "ci/runner.h"
#include "report/report.h"

namespace vernier::ci {
namespace {

using model::RunStatus;

constexpr std::chrono::seconds period{1};
constexpr std::size_t writers = 3;

PullRequestKey key_of(const store::Publication& publication) {
  return {publication.ci_config_id, fmt::format("{}", publication.pr_number)};
}

// Comments are not edited for progress: each edit tells everybody who follows the pull request.
bool is_worth_a_comment(RunStatus status) {
  return status == RunStatus::waiting || status == RunStatus::needs_confirmation ||
         status == RunStatus::done || status == RunStatus::failed;
}

bool is_settled(const std::string& check_hash) {
  return check_hash.empty() || check_hash.starts_with("settled ");
}

std::string hash_of(const forge::CheckOrder& order) {
  const bool open = order.state == forge::CheckState::waiting || order.state == forge::CheckState::running ||
                    order.state == forge::CheckState::confirmation;
  return (open ? "open " : "settled ") +
         sha256_hex(dump_json(
             Json::array({static_cast<int>(order.state), order.description, order.summary, order.url})));
}

}  // namespace

Publisher::Publisher(store::Store& store, Forges& forges, const ServiceOptions& options)
    : store_(store), forges_(forges), options_(options) {
  for (std::size_t i = 0; i < writers; ++i)
    workers_.push_back(std::make_unique<Worker>(period, [this] { work(); }));
}

Status Publisher::start() {
  for (const model::CiConfig& config : TRY(store_.ci_configs()))
    if (has_forge(config))
      for (const model::PullRequest& pull_request : TRY(store_.open_pull_requests(config.id)))
        touch(config, fmt::format("{}", pull_request.number));
  for (const auto& worker : workers_)
    worker->start();
  return {};
}

void Publisher::stop() {
  for (const auto& worker : workers_)
    worker->stop();
}

void Publisher::touch(const model::CiConfig& config, const std::string& pr_num) {
  const std::int64_t number = pull_request_number(pr_num);
  if (number <= 0 || !has_forge(config)) return;
  {
    const std::lock_guard lock(mutex_);
    touched_.insert({config.id, pr_num});
    if (const Status due = store_.touch_publication(config.id, number); !due.ok())
      spdlog::error("pull request {}: {}", pr_num, due.error().message);
  }
  for (const auto& worker : workers_)
    worker->poke();
}

void Publisher::work() {
  const auto due = store_.due_publications(now_utc());
  if (!due.ok()) return spdlog::error("publications: {}", due.error().message);
  for (const store::Publication& publication : *due) {
    if (workers_.front()->stopping()) return;
    if (!claims_.take(key_of(publication))) continue;
    publish_one(publication);
    claims_.release(key_of(publication));
  }
}

void Publisher::publish_one(store::Publication publication) {
  {
    const std::lock_guard lock(mutex_);
    touched_.erase(key_of(publication));
    // Another thread may have written it since it was listed.
    const auto now = store_.publication(publication.ci_config_id, publication.pr_number);
    if (!now.ok() || !*now || (*now)->due_at.empty() || (*now)->due_at > now_utc()) return;
    publication = **now;
  }
  const Status published = publish(publication);
  if (published.ok()) {
    publication.due_at.clear();
    publication.attempts = 0;
    publication.error.clear();
  } else {
    ++publication.attempts;
    const auto wait = wait_after(published.error(), publication.attempts);
    publication.due_at = utc_in(wait);
    publication.error = published.error().message;
    spdlog::warn("pull request {}: try {} to report failed, next in {} s: {}", publication.pr_number,
                 publication.attempts, wait.count(), publication.error);
  }
  const std::lock_guard lock(mutex_);
  if (published.ok() && touched_.contains(key_of(publication))) publication.due_at = now_utc();
  if (const Status put = store_.put_publication(publication); !put.ok())
    spdlog::error("pull request {}: {}", publication.pr_number, put.error().message);
}

Status Publisher::publish(store::Publication& publication) {
  const model::CiConfig config = TRY(store_.ci_config(publication.ci_config_id));
  if (!has_forge(config)) return {};
  const auto newest = TRY(newest_run(store_, config.id, publication.pr_number));
  if (!newest) return {};
  const model::CiRun run = TRY(shown_run(*newest, config, options_));
  const auto forge = TRY(forges_.of(config));
  auto pull_request = TRY(store_.pull_request(config.id, publication.pr_number));
  if (!pull_request) {
    pull_request = TRY(forge->pull_request(publication.pr_number));
    TRY(store_.put_pull_request(config.id, *pull_request));
  }

  const std::string report = is_worth_a_comment(run.status) ? report::to_markdown(run) : std::string();
  if (!report.empty()) TRY(put_comment(*forge, report, publication));

  forge::CheckOrder order = check_of(run, config, report);
  order.sha = TRY(store_.head_of(config.id, run.pr_sha)).value_or(run.pr_sha);
  if (order.branch.empty()) order.branch = pull_request->head_branch;
  order.head_project_id = pull_request->head_project_id;
  if (!publication.check_sha.empty() && publication.check_sha != order.sha) {
    if (!is_settled(publication.check_hash)) {
      forge::CheckOrder superseded = order;
      superseded.sha = publication.check_sha;
      superseded.known_id = publication.check_id;
      superseded.state = forge::CheckState::cancelled;
      superseded.description = fmt::format("superseded by {}", order.sha.abbreviated());
      superseded.summary.clear();
      TRY(put_check(*forge, superseded, publication));
    }
    publication.check_id.clear();
    publication.check_hash.clear();
  }
  order.known_id = publication.check_id;
  return put_check(*forge, order, publication);
}

Status Publisher::put_comment(forge::Forge& forge, const std::string& body, store::Publication& publication) {
  const std::string hash = sha256_hex(body);
  if (hash == publication.comment_hash) return {};
  const std::string_view marker = std::string_view(body).substr(0, body.find('\n'));
  publication.comment_id =
      TRY_DURING("comment", forge.put_comment(publication.pr_number, publication.comment_id, marker, body));
  publication.comment_hash = hash;
  const std::lock_guard lock(mutex_);
  return store_.put_publication(publication);
}

Status Publisher::put_check(forge::Forge& forge, const forge::CheckOrder& order,
                            store::Publication& publication) {
  const std::string hash = hash_of(order);
  if (order.sha == publication.check_sha && hash == publication.check_hash) return {};
  publication.check_id = TRY_DURING("check", forge.put_check(order));
  publication.check_sha = order.sha;
  publication.check_hash = hash;
  return {};
}

}  // namespace vernier::ci
