// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <fstream>
#include <random>

#include "base/hash.h"
#include "store/store_fixture.h"

namespace vernier::store {
namespace {
namespace fs = std::filesystem;

// Text that compresses about as a manifest does: `lines` lines of which each says something of its own.
std::string text_of(std::size_t lines, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  for (std::size_t i = 0; i < lines; ++i)
    text += "{\"unique_id\": \"model.p.m" + std::to_string(i) + "\", \"checksum\": \"" +
            std::to_string(random()) + "\"},\n";
  return text;
}

class BlobsTest : public StoreTest {
 protected:
  fs::path file_of(const std::string& id) const { return folder() / "blobs" / id.substr(0, 2) / id; }

  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder() / "blobs"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  void upload(std::int64_t ci_config_id, const std::string& manifest_blob) {
    model::Upload upload;
    upload.ci_config_id = ci_config_id;
    upload.commit_sha = commit('a');
    upload.manifest_blob = manifest_blob;
    must(store_->add_upload(upload));
  }

  void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  }
};

TEST_F(BlobsTest, GiveBackWhatWasPut) {
  for (const std::string& content :
       {std::string(), std::string("x"), std::string("\0\n\xff", 3), text_of(5000, 1)}) {
    const StoredBlob blob = must(store_->put_blob_bytes(content, "s"));
    EXPECT_EQ(blob.id, sha256_hex(content));
    EXPECT_EQ(blob.bytes, content.size());
    EXPECT_EQ(blob.bytes_stored, fs::file_size(file_of(blob.id)));
    EXPECT_EQ(must(store_->get_blob(blob.id)), content);
  }
}

TEST_F(BlobsTest, TakeAFileAsItsContent) {
  const fs::path file = store_->incoming_dir() / "manifest.json";
  write(file, text_of(100, 1));
  EXPECT_EQ(must(store_->get_blob(must(store_->put_blob(file, "s")).id)), text_of(100, 1));
  EXPECT_EQ(store_->put_blob(file / "absent", "s").ok(), false);
}

TEST_F(BlobsTest, StoreEqualContentOnce) {
  const StoredBlob first = must(store_->put_blob_bytes(text_of(100, 1), "s"));
  const auto written = fs::last_write_time(file_of(first.id));
  const StoredBlob second = must(store_->put_blob_bytes(text_of(100, 1), "another"));
  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(first.bytes_stored, second.bytes_stored);
  EXPECT_EQ(fs::last_write_time(file_of(first.id)), written);
  EXPECT_EQ(files(), 1U);
}

TEST_F(BlobsTest, StoreAFurtherVersionAsWhatDiffers) {
  std::string content = text_of(20000, 1);
  const StoredBlob whole = must(store_->put_blob_bytes(content, "s"));
  content.insert(content.size() / 2, "one more line\n");
  EXPECT_LT(must(store_->put_blob_bytes(content, "s")).bytes_stored, whole.bytes_stored / 50);
  EXPECT_GT(must(store_->put_blob_bytes(content + "\n", "another")).bytes_stored, whole.bytes_stored / 2);
}

TEST_F(BlobsTest, StartANewKeyFrameWhereLittleIsShared) {
  must(store_->put_blob_bytes(text_of(2000, 1), "s"));
  const StoredBlob other = must(store_->put_blob_bytes(text_of(2000, 2), "s"));
  // The second content is the dictionary now, whatever became of the first.
  const StoredBlob near = must(store_->put_blob_bytes(text_of(2000, 2) + "more", "s"));
  EXPECT_LT(near.bytes_stored, other.bytes_stored / 20);
}

TEST_F(BlobsTest, GiveBackAnyChainOfEdits) {
  const bool held = rc::check("edited content round-trips", [this] {
    std::string content = text_of(*rc::gen::inRange<std::size_t>(0, 400), *rc::gen::arbitrary<unsigned>());
    const std::string series = *rc::gen::element<std::string>("a", "b");
    for (int edits = *rc::gen::inRange(1, 6); edits > 0; --edits) {
      const auto at = *rc::gen::inRange<std::size_t>(0, content.size() + 1);
      const auto length = *rc::gen::inRange<std::size_t>(0, 3000);
      content.replace(at, length, *rc::gen::arbitrary<std::string>());
      const StoredBlob blob = must(store_->put_blob_bytes(content, series));
      RC_ASSERT(must(store_->get_blob(blob.id)) == content);
    }
  });
  EXPECT_TRUE(held);
}

TEST_F(BlobsTest, ReportDamageAndMendItWhenPutAgain) {
  const std::string base = text_of(2000, 1);
  const std::string next = base + "more";
  for (const std::string& damaged : {base, next}) {
    const std::string id = sha256_hex(damaged);
    must(store_->put_blob_bytes(base, "s"));
    must(store_->put_blob_bytes(next, "s"));
    const std::string whole = must(read_file(file_of(id), 1 << 20));
    std::vector<std::string> bad = {"", "vernier-blob 1 ", whole.substr(0, whole.size() / 2),
                                    whole.substr(0, 60), whole + "x"};
    for (std::size_t at = 0; at < whole.size(); at += whole.size() / 40 + 1) {
      bad.push_back(whole);
      bad.back()[at] ^= 1;
    }
    for (const std::string& content : bad) {
      write(file_of(id), content);
      for (const std::string& asked : {id, sha256_hex(next)}) {
        const auto got = store_->get_blob(asked);
        ASSERT_FALSE(got.ok());
        EXPECT_EQ(got.error().kind, ErrorKind::corrupt);
      }
      must(store_->put_blob_bytes(damaged, "s"));
      EXPECT_EQ(must(store_->get_blob(id)), damaged);
      EXPECT_EQ(must(store_->get_blob(sha256_hex(next))), next);
    }
    fs::remove(file_of(id));
    EXPECT_EQ(store_->get_blob(id).error().kind, ErrorKind::corrupt);
    must(store_->put_blob_bytes(damaged, "s"));
    EXPECT_EQ(must(store_->get_blob(id)), damaged);
  }
}

TEST_F(BlobsTest, TakeAFurtherVersionWhereTheKeyFrameIsDamaged) {
  const StoredBlob key = must(store_->put_blob_bytes(text_of(2000, 1), "s"));
  write(file_of(key.id), "damaged");
  const std::string next = text_of(2000, 1) + "more";
  EXPECT_EQ(must(store_->get_blob(must(store_->put_blob_bytes(next, "s")).id)), next);
}

TEST_F(BlobsTest, AreNotFoundByWhatIsNoId) {
  for (const std::string& id : {std::string("../../secret.key"), std::string(), std::string(64, 'a')})
    EXPECT_EQ(store_->get_blob(id).error().kind, ErrorKind::not_found);
}

TEST_F(BlobsTest, AreSweptAtOpenUnlessAnUploadNeedsThem) {
  const std::string named = text_of(2000, 1) + "more";
  must(store_->put_blob_bytes(text_of(2000, 1), "s"));  // the dictionary of the named one
  must(store_->put_blob_bytes(named, "s"));
  must(store_->put_blob_bytes(text_of(2000, 1) + "something else", "s"));
  must(store_->put_blob_bytes("nobody's", "other"));
  upload(new_ci_config(), sha256_hex(named));
  write(file_of(sha256_hex("no row")), "written just before a crash");
  write(fs::path(file_of(sha256_hex(named)).string() + ".Ab12Cd"), "half written");
  write(store_->incoming_dir() / "upload.zip", "half received");
  fs::create_directory(store_->incoming_dir() / "tmp.Ab12Cd");
  ASSERT_EQ(files(), 6U);

  reopen();
  EXPECT_EQ(files(), 2U);
  EXPECT_EQ(must(store_->get_blob(sha256_hex(named))), named);
  EXPECT_TRUE(fs::is_empty(store_->incoming_dir()));
}

TEST_F(BlobsTest, GoWithTheirCiConfigAtTheNextOpen) {
  const std::int64_t ci_config_id = new_ci_config();
  upload(ci_config_id, must(store_->put_blob_bytes("content", "s")).id);
  must(store_->remove_ci_config(ci_config_id));
  reopen();
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace vernier::store
