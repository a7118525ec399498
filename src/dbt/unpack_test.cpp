// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "dbt/dbt.h"

namespace vernier::dbt {
namespace {

namespace fs = std::filesystem;

struct Member {
  std::string name;
  std::string content;
  std::string link_target = {};
};

class Unpack : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create(fs::temp_directory_path());
    ASSERT_TRUE(folder.ok());
    folder_.emplace(std::move(folder).value());
  }

  fs::path zip() const { return folder_->path() / "a.zip"; }
  fs::path target() const { return folder_->path() / "out"; }

  Result<ExtractedArtifacts> unpack(const std::vector<Member>& members, const Limits& limits = {}) const {
    write(members);
    return extract_artifacts(zip(), target(), limits);
  }

  void write(const std::vector<Member>& members) const {
    archive* const writer = archive_write_new();
    archive_write_set_format_zip(writer);
    ASSERT_EQ(archive_write_open_filename(writer, zip().c_str()), ARCHIVE_OK);
    for (const Member& member : members) {
      archive_entry* const entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.name.c_str());
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_filetype(entry, member.link_target.empty() ? AE_IFREG : AE_IFLNK);
      if (!member.link_target.empty()) archive_entry_set_symlink(entry, member.link_target.c_str());
      archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
      EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
      archive_write_data(writer, member.content.data(), member.content.size());
      archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
  }

  std::optional<TempDir> folder_;
};

TEST_F(Unpack, TakesTheShallowestManifestAndItsNeighbours) {
  const auto found = unpack({{"t/dbt_packages/x/target/manifest.json", "deep"},
                             {"./t/manifest.json", "{}"},
                             {"t/compiled/a.sql", "select 1"},
                             {"t/run_results.json", "r"},
                             {"catalog.json", "elsewhere"}});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(*read_file(found->manifest, 100), "{}");
  ASSERT_TRUE(found->run_results);
  EXPECT_EQ(*read_file(*found->run_results, 100), "r");
  EXPECT_FALSE(found->catalog || found->sources);
  EXPECT_EQ(std::distance(fs::directory_iterator(target()), {}), 2);
}

TEST_F(Unpack, RefusesNamesThatLeadOutside) {
  for (const std::string name : {"../manifest.json", "/manifest.json", "a/../../b", "..\\b", "C:\\b"}) {
    const auto found = unpack({{"manifest.json", "{}"}, {name, "x"}});
    ASSERT_FALSE(found.ok()) << name;
    EXPECT_EQ(found.error().kind, ErrorKind::invalid_input);
    EXPECT_FALSE(fs::exists(target()));
  }
  EXPECT_FALSE(unpack({{"manifest.json", "{}"}, {"a", "", "/etc/passwd"}}).ok());
  EXPECT_FALSE(unpack({{"manifest.json", "", "other.json"}}).ok());
}

TEST_F(Unpack, RefusesWhatIsNoWholeArchive) {
  EXPECT_EQ(extract_artifacts(zip(), target()).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(unpack({{"other.json", "{}"}}).ok());
  write({{"manifest.json", std::string(5000, 'x')}});
  const std::string whole = *read_file(zip(), 100'000);
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 30}) {
    ASSERT_TRUE(write_file_whole(zip(), whole.substr(0, size)).ok());
    const auto found = extract_artifacts(zip(), target());
    ASSERT_FALSE(found.ok()) << size;
    EXPECT_EQ(found.error().kind, ErrorKind::invalid_input);
  }
}

TEST_F(Unpack, BoundsEntriesAndBytes) {
  const std::vector<Member> members = {{"manifest.json", std::string(1'000'000, ' ')}, {"b", ""}};
  const auto kind = [&](const Limits& limits) { return unpack(members, limits).error().kind; };
  EXPECT_EQ(kind({.manifest_bytes_max = 100'000}), ErrorKind::too_large);
  EXPECT_EQ(kind({.archive_entries_max = 1}), ErrorKind::too_large);
  EXPECT_EQ(kind({.archive_bytes_max = 100'000}), ErrorKind::too_large);
  EXPECT_TRUE(unpack(members).ok());
}

TEST_F(Unpack, TellsBuiltFromDeclared) {
  const auto kind = [&](const std::string& which, const std::string& results) {
    const fs::path file = folder_->path() / "run_results.json";
    EXPECT_TRUE(write_file_whole(file, R"({"metadata": {"invocation_id": "i"}, "args": {"which": ")" + which +
                                           R"("}, "results": [)" + results + "]}")
                    .ok());
    const auto run = read_run_results(file);
    EXPECT_TRUE(run.ok()) << run.error().message;
    EXPECT_EQ(run->invocation_id, "i");
    return run->kind;
  };
  const std::string model = R"({"status": "success", "unique_id": "model.p.a"})";
  EXPECT_EQ(kind("build", model), model::ArtifactKind::built);
  EXPECT_EQ(kind("compile", model), model::ArtifactKind::declared);
  EXPECT_EQ(kind("build", R"({"status": "error", "unique_id": "model.p.a"})"), model::ArtifactKind::declared);
  EXPECT_EQ(kind("build", R"({"status": "pass", "unique_id": "test.p.a"})"), model::ArtifactKind::declared);
}

}  // namespace
}  // namespace vernier::dbt
