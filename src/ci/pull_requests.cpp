// SPDX-License-Identifier: Apache-2.0
#include "ci/pull_requests.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.h"
#include "ci/check.h"
#include "ci/event_text.h"
#include "ci/path_patterns.h"
#include "ci/wishes.h"

namespace vernier::ci {
namespace {

constexpr std::chrono::seconds period{1};
constexpr std::int64_t events_at_once = 1000;
// A forge that refuses an event for a day will not take it later.
constexpr std::int64_t attempts_max = 150;

bool has_label(const model::PullRequest& pull_request, std::string_view name) {
  return std::find(pull_request.labels.begin(), pull_request.labels.end(), name) != pull_request.labels.end();
}

bool wants_all_downstream(const model::PullRequest& pull_request) {
  return has_label(pull_request, "datafold:diff-all-downstream") ||
         has_label(pull_request, "vernier:diff-all-downstream");
}

bool is_confirmed(const model::PullRequest& pull_request) {
  return has_label(pull_request, "datafold:confirm") || has_label(pull_request, "vernier:confirm");
}

std::string subject_of(std::int64_t number) {
  return fmt::format("pr/{}", number);
}

// What the pull request's labels and commits ask for.
Wishes wishes_of(const model::PullRequest& pull_request, std::vector<Rename> renames = {}) {
  return {.confirmed = is_confirmed(pull_request),
          .all_downstream = wants_all_downstream(pull_request),
          .models = {},
          .renames = std::move(renames)};
}

store::RunRecord run_of(const model::CiConfig& config, const model::PullRequest& pull_request,
                        const std::string& source) {
  store::RunRecord record;
  record.ci_config_id = config.id;
  record.pr_num = fmt::format("{}", pull_request.number);
  record.pr_branch = pull_request.head_branch;
  record.pr_sha = pull_request.head_sha;
  record.base_branch = pull_request.base_branch;
  record.base_sha = pull_request.merge_base.empty() ? pull_request.base_sha : pull_request.merge_base;
  record.source = source;
  return record;
}

// Why the CI config does not look at this pull request at all; empty where it does.
std::string why_left_alone(const model::CiConfig& config, const model::PullRequest& pull_request) {
  if (!config.custom_base_branch.empty() && config.custom_base_branch != pull_request.base_branch)
    return fmt::format("it goes into `{}`, not `{}`", pull_request.base_branch, config.custom_base_branch);
  if (!config.pull_request_label.empty() && !has_label(pull_request, config.pull_request_label))
    return fmt::format("it does not carry the label `{}`", config.pull_request_label);
  return {};
}

// The head's message, out of the comparison where it is in it.
Result<std::string> head_message(forge::Forge& forge, const forge::CompareResult& compared,
                                 const model::CommitSha& head) {
  for (const forge::Commit& commit : compared.commits)
    if (commit.sha == head) return commit.message;
  return forge.commit_message(head);
}

// Why this head needs no run; empty where it does.
Result<std::string> why_skipped(forge::Forge& forge, const model::CiConfig& config,
                                const model::PullRequest& pull_request,
                                const forge::CompareResult& compared) {
  const std::string message = TRY(head_message(forge, compared, pull_request.head_sha));
  if (asks_to_skip(message)) return std::string("skipped, as the commit message asks");
  if (config.files_to_ignore.empty()) return std::string();
  const auto files = TRY(forge.changed_files(pull_request.number));
  const bool all_ignored = std::all_of(files.begin(), files.end(), [&](const std::string& file) {
    return matches_path(config.files_to_ignore, file);
  });
  if (!files.empty() && all_ignored) return std::string("skipped: only ignored files changed");
  return std::string();
}

std::vector<std::string> messages_of(const forge::CompareResult& compared) {
  std::vector<std::string> messages;
  for (const forge::Commit& commit : compared.commits)
    messages.push_back(commit.message);
  return messages;
}

}  // namespace

PullRequests::PullRequests(store::Store& store, Forges& forges, Runner& runner, Publisher& publisher,
                           const ServiceOptions& options)
    : store_(store), forges_(forges), runner_(runner), publisher_(publisher) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options.events_at_once); ++i)
    workers_.push_back(std::make_unique<Worker>(period, [this] { work(); }));
}

void PullRequests::start() {
  for (const auto& worker : workers_)
    worker->start();
}

void PullRequests::stop() {
  for (const auto& worker : workers_)
    worker->stop();
}

Result<std::string> PullRequests::accept(const std::string& provider, const forge::Delivery& delivery) {
  std::vector<model::CiConfig> signed_for;
  for (model::CiConfig& config : TRY(store_.ci_configs())) {
    const std::string& theirs = config.repository.provider;
    const bool same_kind = theirs == provider || (theirs == "gitea" && provider == "forgejo") ||
                           (theirs == "forgejo" && provider == "gitea");
    if (same_kind && forge::is_signed(delivery, config.repository.webhook_secret))
      signed_for.push_back(std::move(config));
  }
  if (signed_for.empty())
    return denied(
        "no CI config's webhook secret has signed this; set the same secret at the forge and in the "
        "CI config's `repository.webhook_secret`");
  const forge::Event event = TRY(forge::read_event(delivery));
  if (event.kind == forge::EventKind::ignored || event.kind == forge::EventKind::push)
    return std::string("ignored");
  if (event.kind == forge::EventKind::comment && !parse_command(event.comment)) return std::string("ignored");

  const auto is_named = [&](const model::CiConfig& config) {
    return to_lower(config.repository.name) == to_lower(event.repository);
  };
  // A repository that was renamed tells its new name, which no CI config has: its forge will say whether it
  // is one of theirs.
  const bool renamed =
      !event.repository.empty() && std::none_of(signed_for.begin(), signed_for.end(), is_named);
  std::string answer = "ignored";
  for (const model::CiConfig& config : signed_for) {
    if (renamed ? !has_forge(config) : !is_named(config)) continue;
    store::EventRecord record;
    record.ci_config_id = config.id;
    record.subject = subject_of(event.pr_number);
    record.body = event_to_text(event, renamed ? event.repository : "");
    record.due_at = now_utc();
    const bool added = TRY(store_.add_event(record, event.id));
    if (answer != "accepted") answer = added ? "accepted" : "repeated";
  }
  if (answer == "accepted") workers_.front()->poke();
  return answer;
}

Status PullRequests::follow(const model::CiConfig& config, const store::RunRecord& run) {
  if (!has_forge(config)) return {};
  store::EventRecord record;
  record.ci_config_id = config.id;
  record.subject = "pr/" + run.pr_num;
  record.body = triggered_to_text(run.id);
  record.due_at = now_utc();
  TRY(store_.add_event(record, ""));
  workers_.front()->poke();
  return {};
}

void PullRequests::work() {
  const auto due = store_.due_events(now_utc(), events_at_once);
  if (!due.ok()) return spdlog::error("events: {}", due.error().message);
  // The others help where there is more than one to do.
  if (due->size() > 1)
    for (const auto& worker : workers_)
      if (worker.get() != workers_.front().get()) worker->poke();
  for (const store::EventRecord& event : *due) {
    if (workers_.front()->stopping()) return;
    const PullRequestKey key = {event.ci_config_id, event.subject};
    if (!claims_.take(key)) continue;
    work_on(event);
    claims_.release(key);
  }
}

void PullRequests::work_on(store::EventRecord event) {
  const auto log = [&](const Status& done) {
    if (!done.ok()) spdlog::error("event {} ({}): {}", event.id, event.subject, done.error().message);
  };
  const auto newest = store_.newest_like(event, now_utc());
  if (!newest.ok()) return log(newest.error());
  if (*newest == 0) return;  // another thread has done it since the list was read
  const Status handled = handle(event);
  if (handled.ok()) return log(store_.remove_events(event, *newest));
  ++event.attempts;
  if (handled.error().kind == ErrorKind::not_found || event.attempts >= attempts_max) {
    spdlog::error("event {} ({}): given up", event.id, event.subject);
    log(handled);
    return log(store_.remove_events(event, event.id));
  }
  const auto wait = wait_after(handled.error(), event.attempts);
  event.due_at = utc_in(wait);
  spdlog::warn("event {} ({}): next try in {} s: {}", event.id, event.subject, wait.count(),
               handled.error().message);
  log(store_.postpone_event(event));
}

Status PullRequests::handle(const store::EventRecord& record) {
  const model::CiConfig config = TRY(store_.ci_config(record.ci_config_id));
  const StoredEvent stored = TRY(event_from_text(record.body));
  const forge::Event& event = stored.event;
  if (!has_forge(config))
    return event.told && stored.renamed_to.empty() ? believe(config, *event.told) : Status();
  if (stored.run_id != 0) return look_at_run(config, stored.run_id);
  if (!stored.renamed_to.empty() && !TRY(forges_.is_called(config, stored.renamed_to))) return {};
  if (event.kind == forge::EventKind::comment) return obey(config, event);
  const bool rerun = event.kind == forge::EventKind::rerun;
  if (event.pr_number > 0) {
    const Status looked = look_at(config, event.pr_number, rerun);
    // A forge that is down must not keep the data from being compared; the look is tried again all the same.
    if (!looked.ok() && event.told) TRY(believe(config, *event.told));
    return looked;
  }
  if (event.head_sha.empty()) return {};
  const auto forge = TRY(forges_.of(config));
  for (const std::int64_t number : TRY(forge->pull_requests_of(event.head_sha)))
    TRY(look_at(config, number, rerun));
  return {};
}

Status PullRequests::look_at(const model::CiConfig& config, std::int64_t number, bool force) {
  const auto forge = TRY(forges_.of(config));
  const model::PullRequest pull_request = TRY(forge->pull_request(number));
  const auto before = TRY(store_.pull_request(config.id, number));
  const bool reopened = before && !before->open && pull_request.open;
  TRY(store_.put_pull_request(config.id, pull_request));
  const auto newest = TRY(newest_run(store_, config.id, number));
  const std::string left_alone = !pull_request.open ? "it is closed" : why_left_alone(config, pull_request);
  if (!left_alone.empty() && !force) return leave_alone(left_alone, config, pull_request, newest);
  if (newest && !force && !reopened && newest->base_branch == pull_request.base_branch) {
    const model::CommitSha head = TRY(store_.head_of(config.id, newest->pr_sha)).value_or(newest->pr_sha);
    if (head == pull_request.head_sha && newest->source == from_delivery)
      return look_at_run(config, newest->id);
    if (head == pull_request.head_sha) return runner_.add_wishes(newest->id, wishes_of(pull_request));
  }
  return start_run(config, *forge, pull_request, force ? "rerun" : "webhook");
}

Status PullRequests::leave_alone(const std::string& why, const model::CiConfig& config,
                                 const model::PullRequest& pull_request,
                                 const std::optional<store::RunRecord>& newest) {
  spdlog::info("CI config {}: pull request {} is left alone: {}", config.id, pull_request.number, why);
  if (!newest || is_final(newest->status)) return {};
  // What a client triggered itself does not ask for the label.
  if (newest->source == "trigger" && pull_request.open) return {};
  return runner_.cancel_run(newest->id);
}

Status PullRequests::believe(const model::CiConfig& config, const model::PullRequest& told) {
  const auto newest = TRY(newest_run(store_, config.id, told.number));
  const std::string left_alone = !told.open ? "it is closed" : why_left_alone(config, told);
  if (!left_alone.empty()) return leave_alone(left_alone, config, told, newest);
  // GitLab's deliveries do not tell the base, without which there is nothing to compare with.
  if (told.head_sha.empty() || (told.base_sha.empty() && told.merge_base.empty())) return {};
  // Deliveries come late and twice: a head that has had a run is not believed to be new.
  store::RunFilter of_head;
  of_head.pr_num = fmt::format("{}", told.number);
  of_head.pr_sha = told.head_sha;
  of_head.limit = 1;
  if (!TRY(store_.runs(config.id, of_head)).empty()) return {};
  TRY(store_.put_pull_request(config.id, told));
  store::RunRecord record = run_of(config, told, from_delivery);
  record.wishes = to_text(wishes_of(told));
  TRY(runner_.start_run(std::move(record), config));
  return {};
}

Status PullRequests::start_run(const model::CiConfig& config, forge::Forge& forge,
                               const model::PullRequest& pull_request, const std::string& source) {
  const forge::CompareResult compared =
      TRY_DURING("compare", forge.compare(pull_request.base_branch, pull_request.head_sha.text()));
  if (const std::string skipped = TRY(why_skipped(forge, config, pull_request, compared)); !skipped.empty()) {
    spdlog::info("CI config {}: pull request {} at {}: {}", config.id, pull_request.number,
                 pull_request.head_sha.abbreviated(), skipped);
    const auto newest = TRY(newest_run(store_, config.id, pull_request.number));
    if (newest && !is_final(newest->status)) TRY(runner_.cancel_run(newest->id));
    forge::CheckOrder order;
    order.sha = pull_request.head_sha;
    order.state = forge::CheckState::success;
    order.context = check_name(config);
    order.description = skipped;
    order.branch = pull_request.head_branch;
    order.head_project_id = pull_request.head_project_id;
    TRY(forge.put_check(order));
    return {};
  }
  store::RunRecord record = run_of(config, pull_request, source);
  if (!compared.merge_base.empty()) record.base_sha = compared.merge_base;
  record.wishes = to_text(wishes_of(pull_request, renames_in(messages_of(compared))));
  TRY(runner_.start_run(std::move(record), config));
  return {};
}

Status PullRequests::look_at_run(const model::CiConfig& config, std::int64_t run_id) {
  store::RunRecord run = TRY(store_.run(run_id));
  const auto forge = TRY(forges_.of(config));
  const model::PullRequest pull_request = TRY(forge->pull_request(pull_request_number(run.pr_num)));
  TRY(store_.put_pull_request(config.id, pull_request));
  publisher_.touch(config, run.pr_num);
  const model::CommitSha head = TRY(store_.head_of(config.id, run.pr_sha)).value_or(run.pr_sha);
  const auto compared = TRY(forge->compare(pull_request.base_branch, head.text()));
  // A client tells the base branch's tip, which may be newer than what the branch came from.
  const model::CommitSha base = compared.merge_base.empty() ? pull_request.merge_base : compared.merge_base;
  return runner_.learn(run_id, base.empty() ? run.base_sha : base,
                       wishes_of(pull_request, renames_in(messages_of(compared))));
}

Status PullRequests::obey(const model::CiConfig& config, const forge::Event& event) {
  const auto command = parse_command(event.comment);
  if (!command) return {};
  const auto forge = TRY(forges_.of(config));
  const forge::WriteAccess access = TRY(forge->write_access(event));
  if (access != forge::WriteAccess::granted) {
    spdlog::info("CI config {}: {} is not known to write to the repository, `{}` is not obeyed", config.id,
                 event.sender, command->text);
    return forge->add_comment(event.pr_number, refusal_of(*command, access));
  }
  if (command->kind == CommandKind::unknown)
    return forge->add_comment(event.pr_number, command_help(*command));
  if (command->kind == CommandKind::rerun) return look_at(config, event.pr_number, true);
  const auto newest = TRY(newest_run(store_, config.id, event.pr_number));
  if (!newest) {
    if (command->kind == CommandKind::cancel) return {};
    return look_at(config, event.pr_number, true);
  }
  if (command->kind == CommandKind::cancel)
    return is_final(newest->status) ? Status() : runner_.cancel_run(newest->id);
  Wishes wishes;
  wishes.confirmed = command->kind == CommandKind::confirm;
  wishes.models = command->models;
  return runner_.add_wishes(newest->id, wishes);
}

}  // namespace vernier::ci
