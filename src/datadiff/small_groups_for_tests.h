// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "engine/engine.h"

namespace vernier::datadiff {

// A session for which each row is a group of its own, stored in the order of the first key column, and the
// first rows show hardly any of the columns that differ.
class SmallGroups : public engine::Connection {
 public:
  explicit SmallGroups(std::unique_ptr<engine::Connection> session) : session_(std::move(session)) {}

  int ranges_joined() const { return ranges_joined_; }
  int ranges_narrowed() const { return ranges_narrowed_; }
  int buckets_summed() const { return buckets_summed_; }
  int doubtful_noted() const { return doubtful_noted_; }

  engine::Dialect dialect() const override { return session_->dialect(); }
  std::string quoted(const engine::TablePath& table) const override { return session_->quoted(table); }
  void cancel() override { session_->cancel(); }
  std::optional<double> progress() const override { return session_->progress(); }
  Result<engine::Rows> query(std::string_view sql, const engine::QueryLimits& limits) override {
    const auto has = [&](std::string_view words) { return sql.find(words) != std::string_view::npos; };
    ranges_joined_ += has("vernier_counted as") && has("src.\"k1\" > cast(") ? 1 : 0;
    doubtful_noted_ += has("vernier_doubtful select") || has("vernier_doubtful as select") ? 1 : 0;
    ranges_narrowed_ += sql.starts_with("insert into temp.main.vernier_differing") ? 1 : 0;
    buckets_summed_ += sql.starts_with("create or replace temp table temp.main.vernier_buckets") ? 1 : 0;
    constexpr std::string_view first_rows = " limit 50) a left join";
    const std::size_t probed = sql.find(first_rows);
    if (probed == std::string_view::npos) return session_->query(sql, limits);
    return session_->query(std::string(sql).replace(probed, first_rows.size(), " limit 3) a left join"),
                           limits);
  }
  Result<std::optional<engine::TableInfo>> describe(const engine::TablePath& table) override {
    auto info = session_->describe(table);
    if (info && *info)
      (*info)->stored = {
          .rows = "select row_number() over (order by k1) as vernier_place, * from " + quoted(table),
          .group_rows = 1};
    return info;
  }

 private:
  std::unique_ptr<engine::Connection> session_;
  int ranges_joined_ = 0;
  int ranges_narrowed_ = 0;
  int buckets_summed_ = 0;
  int doubtful_noted_ = 0;
};

}  // namespace vernier::datadiff
