// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/hash.h"
#include "store/store_fixture.h"

namespace vernier::store {
namespace {

using DurabilityTest = StoreTest;

std::string manifest(int number) {
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += "model_" + std::to_string(i * 7919) + (i == number % 2000 ? "_changed" : "") + "\n";
  return text + std::to_string(number);
}

model::Upload put_upload(Store& store, std::int64_t ci_config_id, int number) {
  model::Upload upload;
  upload.ci_config_id = ci_config_id;
  upload.commit_sha = commit('a');
  upload.run_id = std::to_string(number);
  upload.manifest_blob = must(store.put_blob_bytes(manifest(number), "manifest")).id;
  return must(store.add_upload(upload));
}

// The child's whole life: uploads without end, each acknowledged through the pipe.
[[noreturn]] void upload_and_acknowledge(const std::filesystem::path& folder, std::int64_t ci_config_id,
                                         int first, int pipe) {
  const auto store = must(Store::open(folder));
  for (int number = first;; ++number) {
    const std::int64_t id = put_upload(*store, ci_config_id, number).id;
    if (write(pipe, &id, sizeof id) != sizeof id) _exit(1);
  }
}

TEST_F(DurabilityTest, EveryAcknowledgedUploadOutlivesAKill) {
  const std::int64_t ci_config_id = new_ci_config();
  std::vector<std::int64_t> acknowledged;
  for (const int uploads : {3, 8, 1}) {
    store_.reset();
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const int first = static_cast<int>(acknowledged.size()) * 1000;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) upload_and_acknowledge(folder(), ci_config_id, first, ends[1]);
    close(ends[1]);
    std::int64_t id = 0;
    for (int i = 0; i < uploads && read(ends[0], &id, sizeof id) == sizeof id; ++i)
      acknowledged.push_back(id);
    kill(child, SIGKILL);  // it is in the middle of a further one
    while (read(ends[0], &id, sizeof id) == sizeof id)
      acknowledged.push_back(id);
    close(ends[0]);
    waitpid(child, nullptr, 0);

    reopen();
    for (const std::int64_t known : acknowledged) {
      const model::Upload upload = must(store_->upload(known));
      EXPECT_EQ(must(store_->get_blob(upload.manifest_blob)), manifest(std::stoi(upload.run_id)));
    }
  }
  EXPECT_GE(acknowledged.size(), 12U);
}

TEST_F(DurabilityTest, ManyThreadsShareOneStore) {
  const std::int64_t ci_config_id = new_ci_config();
  must(store_->add_api_key("key", "admin"));
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int worker = 0; worker < 4; ++worker)
    threads.emplace_back([&, worker] {
      for (int i = 0; i < 5; ++i) {
        const int number = worker % 2 * 100 + i;  // each content from two threads
        const model::Upload upload = put_upload(*store_, ci_config_id, number);
        const auto history = store_->add_ancestors(ci_config_id, commit('b'), {commit('a')});
        failures += store_->get_blob(upload.manifest_blob).value() != manifest(number);
        failures += !history.ok() || !store_->is_api_key("key").value();
        failures += must(store_->ancestor_uploads(ci_config_id, commit('b'))).empty();
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
  const auto uploads = must(store_->uploads(ci_config_id, {}));
  EXPECT_EQ(uploads.size(), 20U);
  for (const model::Upload& upload : uploads)
    EXPECT_EQ(must(store_->get_blob(upload.manifest_blob)), manifest(std::stoi(upload.run_id)));
}

}  // namespace
}  // namespace vernier::store
