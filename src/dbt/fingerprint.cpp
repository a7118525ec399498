// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/hash.h"
#include "dbt/arena.h"
#include "dbt/dbt.h"

// The layout is told in docs/formats/fingerprint.md.
namespace vernier::dbt {
const std::uint32_t fingerprint_version = 2;

namespace {

using model::Aspect;
using model::Column;
using model::DisabledNode;
using model::Macro;
using model::Manifest;
using model::Node;
using Text = std::string_view;
using Texts = std::span<const std::string_view>;

static_assert(std::endian::native == std::endian::little, "fingerprints are stored as they lie in memory");
constexpr std::uint32_t magic = 0x50464E56;  // "VNFP"
constexpr std::size_t header_size = 8 + sizeof(Hash128);

// The members of each record in the order in which they are stored.
constexpr std::string Manifest::*manifest_texts[] = {&Manifest::dbt_version, &Manifest::adapter_type,
                                                     &Manifest::project_name, &Manifest::invocation_id,
                                                     &Manifest::generated_at};
constexpr Text Node::*node_texts[] = {&Node::unique_id,      &Node::resource_type, &Node::name,
                                      &Node::package_name,   &Node::patch_path,    &Node::original_file_path,
                                      &Node::database,       &Node::schema,        &Node::identifier,
                                      &Node::materialized,   &Node::version,       &Node::deprecation_date,
                                      &Node::checksum_name,  &Node::meta,          &Node::test_name,
                                      &Node::test_namespace, &Node::test_kwargs,   &Node::attached_node,
                                      &Node::column_name};
constexpr bool Node::*node_flags[] = {&Node::enabled,           &Node::generic_test,
                                      &Node::persist_relation,  &Node::persist_columns,
                                      &Node::contract_enforced, &Node::null_macro};
constexpr Texts Node::*node_lists[] = {&Node::fqn, &Node::tags, &Node::parents, &Node::macros,
                                       &Node::constraints};
constexpr Text Column::*column_texts[] = {&Column::name, &Column::data_type, &Column::meta};
constexpr Texts Column::*column_lists[] = {&Column::constraints, &Column::tags};
constexpr Text DisabledNode::*disabled_texts[] = {&DisabledNode::unique_id, &DisabledNode::resource_type,
                                                  &DisabledNode::version, &DisabledNode::deprecation_date};

// A table that holds each value once.
template <typename T, typename Hash>
class Distinct {
 public:
  std::uint32_t index(const T& value) {
    const auto [entry, fresh] = index_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (fresh) values_.push_back(value);
    return entry->second;
  }
  const std::vector<T>& values() const { return values_; }

 private:
  std::vector<T> values_;
  std::unordered_map<T, std::uint32_t, Hash> index_;
};

struct LowHalf {
  std::size_t operator()(const Hash128& hash) const { return hash.low; }
};

using Words = std::vector<std::uint32_t>;

std::uint32_t count_of(std::size_t count) {
  CHECK(count <= std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(count);
}

class Encoder {
 public:
  std::string encode(const Manifest& manifest) {
    Words head = {static_cast<std::uint32_t>(manifest.schema_version)};
    for (const auto member : manifest_texts)
      head.push_back(texts_.index(manifest.*member));
    for (const Node& node : manifest.nodes)
      add(node);
    for (const Macro& macro : manifest.macros)
      add(macro);
    for (const DisabledNode& node : manifest.disabled)
      add(node);
    for (const std::size_t count : {texts_.values().size(), hashes_.values().size(), lists_.size(),
                                    column_lists_.size(), aspects_.size() / 2, columns_.size() / column_words,
                                    manifest.nodes.size(), manifest.macros.size(), manifest.disabled.size()})
      head.push_back(count_of(count));
    return assemble(head);
  }

  static constexpr std::size_t column_words = std::size(column_texts) + std::size(column_lists);
  static constexpr std::size_t digest_words = sizeof(Hash128) / sizeof(std::uint32_t);
  static constexpr std::size_t node_words =
      std::size(node_texts) + 1 + digest_words + std::size(node_lists) + 2;

 private:
  void add(Words& record, Texts list, Words& lists) {
    record.push_back(count_of(list.size()));
    for (const Text text : list)
      lists.push_back(texts_.index(text));
  }

  void add(const Node& node) {
    for (const auto member : node_texts)
      nodes_.push_back(texts_.index(node.*member));
    std::uint32_t flags = 0;
    for (std::size_t i = 0; i < std::size(node_flags); ++i)
      flags |= static_cast<std::uint32_t>(node.*node_flags[i]) << i;
    nodes_.push_back(flags);
    const auto digest = std::bit_cast<std::array<std::uint32_t, digest_words>>(node.digest);
    nodes_.insert(nodes_.end(), digest.begin(), digest.end());
    for (const auto member : node_lists)
      add(nodes_, node.*member, lists_);
    nodes_.push_back(count_of(node.aspects.size()));
    nodes_.push_back(count_of(node.columns.size()));
    for (const Aspect& aspect : node.aspects) {
      aspects_.push_back(texts_.index(aspect.name));
      aspects_.push_back(hashes_.index(aspect.hash));
    }
    for (const Column& column : node.columns) {
      for (const auto member : column_texts)
        columns_.push_back(texts_.index(column.*member));
      for (const auto member : column_lists)
        add(columns_, column.*member, column_lists_);
    }
  }

  void add(const Macro& macro) {
    macros_.push_back(texts_.index(macro.unique_id));
    macros_.push_back(hashes_.index(macro.sql));
    macros_.push_back(hashes_.index(macro.sql_trimmed));
    add(macros_, macro.macros, lists_);
  }

  void add(const DisabledNode& node) {
    for (const auto member : disabled_texts)
      disabled_.push_back(texts_.index(node.*member));
    disabled_.push_back(node.contract_enforced ? 1 : 0);
  }

  std::string assemble(const Words& head) {
    Words sizes;
    sizes.reserve(texts_.values().size());
    for (const Text text : texts_.values())
      sizes.push_back(count_of(text.size()));
    std::string out(header_size, '\0');
    const auto append = [&](const auto& values) {
      if (!values.empty())
        out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
    };
    append(head);
    append(hashes_.values());
    for (const Words* words :
         {&sizes, &lists_, &column_lists_, &aspects_, &columns_, &nodes_, &macros_, &disabled_})
      append(*words);
    for (const Text text : texts_.values())
      out += text;
    const Hash128 checksum = hash128(Text(out).substr(header_size));
    std::memcpy(out.data(), &magic, 4);
    std::memcpy(out.data() + 4, &fingerprint_version, 4);
    std::memcpy(out.data() + 8, &checksum, sizeof checksum);
    return out;
  }

  Distinct<Text, std::hash<Text>> texts_;
  Distinct<Hash128, LowHalf> hashes_;
  Words lists_, column_lists_, aspects_, columns_, nodes_, macros_, disabled_;
};

// A piece of the file as an array of T, read without assuming its alignment.
template <typename T>
class Table {
 public:
  Table() = default;
  Table(const char* data, std::size_t count) : data_(data), count_(count) {}
  T operator[](std::size_t i) const {
    T value;
    std::memcpy(&value, data_ + i * sizeof(T), sizeof(T));
    return value;
  }
  std::size_t size() const { return count_; }

 private:
  const char* data_ = nullptr;
  std::size_t count_ = 0;
};

// Reads records one after the other. What points outside its table is noted and read as empty.
class Decoder {
 public:
  Result<Manifest> decode(Text body) {
    rest_ = body;
    const auto head = take<std::uint32_t>(1 + std::size(manifest_texts) + 9);
    if (bad_) return damaged();
    const auto count = [&](std::size_t i) { return head[1 + std::size(manifest_texts) + i]; };
    hashes_ = take<Hash128>(count(1));
    const auto sizes = take<std::uint32_t>(count(0));
    const auto lists = take<std::uint32_t>(count(2));
    const auto lists_of_columns = take<std::uint32_t>(count(3));
    const auto aspects = take<std::uint32_t>(std::size_t{2} * count(4));
    const auto columns = take<std::uint32_t>(Encoder::column_words * count(5));
    const auto nodes = take<std::uint32_t>(Encoder::node_words * count(6));
    const auto macros = take<std::uint32_t>(std::size_t{4} * count(7));
    const auto disabled = take<std::uint32_t>((std::size(disabled_texts) + 1) * count(8));
    if (bad_ || !read_texts(sizes)) return damaged();
    lists_ = read_lists(lists);
    column_lists_ = read_lists(lists_of_columns);
    read_aspects(aspects);
    read_columns(columns, count(5));
    read_nodes(nodes, count(6));
    read_macros(macros, count(7));
    read_disabled(disabled, count(8));
    manifest_.schema_version = static_cast<int>(head[0]);
    for (std::size_t i = 0; i < std::size(manifest_texts); ++i)
      manifest_.*manifest_texts[i] = text(head[1 + i]);
    if (bad_) return damaged();
    manifest_.storage = arena_.release();
    return std::move(manifest_);
  }

 private:
  static Error damaged() { return corrupt("the fingerprint is damaged"); }

  template <typename T>
  Table<T> take(std::size_t count) {
    if (count > rest_.size() / sizeof(T)) {
      bad_ = true;
      return {};
    }
    const Table<T> table(rest_.data(), count);
    rest_.remove_prefix(count * sizeof(T));
    return table;
  }

  bool read_texts(const Table<std::uint32_t>& sizes) {
    texts_.reserve(sizes.size());
    Text bytes = arena_.copy(rest_);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] > bytes.size()) return false;
      texts_.push_back(bytes.substr(0, sizes[i]));
      bytes.remove_prefix(sizes[i]);
    }
    return bytes.empty();
  }

  Text text(std::uint32_t index) {
    if (index < texts_.size()) return texts_[index];
    bad_ = true;
    return {};
  }

  Hash128 hash(std::uint32_t index) {
    if (index < hashes_.size()) return hashes_[index];
    bad_ = true;
    return {};
  }

  // The next `count` of `all`, which is used up from the front.
  template <typename T>
  std::span<const T> next(std::span<const T>& all, std::uint32_t count) {
    if (count > all.size()) {
      bad_ = true;
      return {};
    }
    const auto taken = all.first(count);
    all = all.subspan(count);
    return taken;
  }

  Texts read_lists(const Table<std::uint32_t>& words) {
    Text* const place = arena_.room<Text>(words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
      std::construct_at(place + i, text(words[i]));
    return {place, words.size()};
  }

  void read_aspects(const Table<std::uint32_t>& words) {
    const std::size_t count = words.size() / 2;
    Aspect* const place = arena_.room<Aspect>(count);
    for (std::size_t i = 0; i < count; ++i)
      std::construct_at(place + i, Aspect{text(words[2 * i]), hash(words[2 * i + 1])});
    aspects_ = {place, count};
  }

  void read_columns(const Table<std::uint32_t>& words, std::size_t count) {
    Column* const place = arena_.room<Column>(count);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      Column column;
      for (const auto member : column_texts)
        column.*member = text(words[at++]);
      for (const auto member : column_lists)
        column.*member = next(column_lists_, words[at++]);
      std::construct_at(place + i, column);
    }
    columns_ = {place, count};
  }

  void read_nodes(const Table<std::uint32_t>& words, std::size_t count) {
    manifest_.nodes.reserve(count);
    prefer_huge_pages(manifest_.nodes.data(), count * sizeof(Node));
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      Node& node = manifest_.nodes.emplace_back();
      for (const auto member : node_texts)
        node.*member = text(words[at++]);
      const std::uint32_t flags = words[at++];
      for (std::size_t bit = 0; bit < std::size(node_flags); ++bit)
        node.*node_flags[bit] = (flags >> bit & 1) != 0;
      std::array<std::uint32_t, Encoder::digest_words> digest;
      for (std::uint32_t& word : digest)
        word = words[at++];
      node.digest = std::bit_cast<Hash128>(digest);
      for (const auto member : node_lists)
        node.*member = next(lists_, words[at++]);
      node.aspects = next(aspects_, words[at++]);
      node.columns = next(columns_, words[at++]);
    }
  }

  void read_macros(const Table<std::uint32_t>& words, std::size_t count) {
    manifest_.macros.reserve(count);
    for (std::size_t at = 0; at < 4 * count; at += 4)
      manifest_.macros.push_back(
          {text(words[at]), hash(words[at + 1]), hash(words[at + 2]), next(lists_, words[at + 3])});
  }

  void read_disabled(const Table<std::uint32_t>& words, std::size_t count) {
    manifest_.disabled.reserve(count);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      DisabledNode& node = manifest_.disabled.emplace_back();
      for (const auto member : disabled_texts)
        node.*member = text(words[at++]);
      node.contract_enforced = words[at++] != 0;
    }
  }

  Text rest_;
  bool bad_ = false;
  Arena arena_;
  Manifest manifest_;
  std::vector<Text> texts_;
  Table<Hash128> hashes_;
  Texts lists_;
  Texts column_lists_;
  std::span<const Aspect> aspects_;
  std::span<const Column> columns_;
};

}  // namespace

std::string encode(const Manifest& manifest) {
  return Encoder().encode(manifest);
}

Result<Manifest> decode(std::string_view bytes) {
  if (bytes.size() < header_size) return corrupt("the fingerprint is cut short");
  std::uint32_t start[2];
  Hash128 checksum;
  std::memcpy(start, bytes.data(), sizeof start);
  std::memcpy(&checksum, bytes.data() + sizeof start, sizeof checksum);
  if (start[0] != magic) return corrupt("not a fingerprint");
  if (start[1] != fingerprint_version)
    return corrupt(fmt::format("fingerprint of version {}, expected {}", start[1], fingerprint_version));
  const std::string_view body = bytes.substr(header_size);
  if (hash128(body) != checksum) return corrupt("the fingerprint is damaged");
  return Decoder().decode(body);
}

}  // namespace vernier::dbt
