// SPDX-License-Identifier: Apache-2.0
#include "ci/manifests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "dbt/dbt.h"

namespace vernier::ci {
namespace {

// A store with uploads of manifests that differ in their project's name alone.
class ManifestsTest : public testing::Test {
 protected:
  model::Upload upload(const std::string& project) {
    const std::string text = fmt::format(
        R"({{"metadata": {{"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",)"
        R"( "dbt_version": "1.11.0", "project_name": "{}"}}, "nodes": {{}}, "sources": {{}}, "macros": {{}}}})",
        project);
    const auto manifest = dbt::read_manifest(std::string_view(text));
    EXPECT_TRUE(manifest.ok()) << manifest.error().message;
    fingerprint_ = dbt::encode(*manifest);
    model::Upload upload;
    upload.fingerprint_blob = store_->put_blob_bytes(fingerprint_, "fingerprints").value().id;
    upload.manifest_blob = store_->put_blob_bytes(text, "manifests").value().id;
    return upload;
  }

  std::filesystem::path data_dir() const { return folder_.path() / "data"; }

  TempDir folder_ = TempDir::create("/tmp").value();
  std::unique_ptr<store::Store> store_ = store::Store::open(data_dir()).value();
  std::string fingerprint_;  // of the upload that was made last
};

TEST_F(ManifestsTest, AreReadOnceAndBelongToTheirUpload) {
  Manifests manifests(*store_);
  const model::Upload one = upload("one");
  const model::Upload two = upload("two");
  const ManifestPair pair = manifests.of_both(one, two).value();
  EXPECT_EQ(pair.base->project_name, "one");
  EXPECT_EQ(pair.head->project_name, "two");
  EXPECT_EQ(manifests.of(one).value(), pair.base);
  const ManifestPair other_way = manifests.of_both(two, one).value();
  EXPECT_EQ(other_way.base, pair.head);
  EXPECT_EQ(other_way.head, pair.base);
}

TEST_F(ManifestsTest, ThatWereKeptNeedNoFile) {
  Manifests manifests(*store_);
  const model::Upload one = upload("one");
  ASSERT_TRUE(manifests.keep(one.fingerprint_blob, fingerprint_).ok());
  store_.reset();
  std::filesystem::remove_all(data_dir() / "blobs");
  EXPECT_EQ(manifests.of(one).value()->project_name, "one");
}

TEST_F(ManifestsTest, LeaveInTheOrderOfTheirUse) {
  const model::Upload one = upload("one");
  const model::Upload two = upload("two");
  const model::Upload six = upload("six");
  Manifests manifests(*store_, 2 * fingerprint_.size());
  const SharedManifest first = manifests.of(one).value();
  const SharedManifest second = manifests.of(two).value();
  EXPECT_EQ(manifests.of(one).value(), first);
  (void)manifests.of(six).value();  // takes the place of the second
  EXPECT_EQ(manifests.of(one).value(), first);
  EXPECT_NE(manifests.of(two).value(), second);
  EXPECT_EQ(second->project_name, "two");  // whoever still looks at it may go on
}

TEST_F(ManifestsTest, ThatAreTooLargeAreNotKept) {
  const model::Upload one = upload("one");
  Manifests manifests(*store_, fingerprint_.size() - 1);
  EXPECT_NE(manifests.of(one).value(), manifests.of(one).value());
}

TEST_F(ManifestsTest, AreReadAnewWhereTheFingerprintIsAnotherVersions) {
  Manifests manifests(*store_);
  model::Upload one = upload("one");
  one.fingerprint_blob =
      store_->put_blob_bytes("a fingerprint of another version", "fingerprints").value().id;
  EXPECT_EQ(manifests.of(one).value()->project_name, "one");
}

TEST_F(ManifestsTest, OfDamagedFilesFail) {
  Manifests manifests(*store_);
  const model::Upload one = upload("one");
  const model::Upload two = upload("two");
  std::filesystem::remove_all(data_dir() / "blobs" / two.fingerprint_blob.substr(0, 2));
  const auto pair = manifests.of_both(one, two);
  ASSERT_FALSE(pair.ok());
  EXPECT_EQ(pair.error().kind, ErrorKind::corrupt);
  EXPECT_NE(pair.error().message.find("head"), std::string::npos) << pair.error().message;
}

}  // namespace
}  // namespace vernier::ci
