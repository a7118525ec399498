// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "model/settings.h"

namespace vernier::testing {

// A PostgreSQL cluster of a test's own in a temporary folder, reached through a socket there; gone with the
// object. Runs as the user postgres where the tests run as root, which the server refuses to.
class ThrowawayPostgres {
 public:
  // nullptr where this machine has no PostgreSQL server to start.
  static std::unique_ptr<ThrowawayPostgres> start() {
    const auto binaries = find_binaries();
    if (!binaries) return nullptr;
    auto folder = TempDir::create("/tmp");
    if (!folder) return nullptr;
    std::unique_ptr<ThrowawayPostgres> server(new ThrowawayPostgres(std::move(*folder), *binaries));
    return server->initialise() ? std::move(server) : nullptr;
  }
  ThrowawayPostgres(const ThrowawayPostgres&) = delete;
  ThrowawayPostgres& operator=(const ThrowawayPostgres&) = delete;
  ~ThrowawayPostgres() {
    if (started_) (void)run("pg_ctl -D " + data() + " -m immediate -w stop");
  }

  model::DataSource source() const {
    model::DataSource source{.id = 1, .name = "pg", .type = "pg", .temp_schema = {}};
    source.options = {
        {"host", folder_.path().string()}, {"port", 5432}, {"user", "postgres"}, {"dbname", "postgres"}};
    return source;
  }

  // Runs statements as the superuser; a failure fails the test.
  void execute(const std::string& sql) const {
    const std::string parameters = "host=" + folder_.path().string() + " user=postgres dbname=postgres";
    PGconn* connection = PQconnectdb(parameters.c_str());
    PGresult* result = PQexec(connection, sql.c_str());
    const ExecStatusType status = PQresultStatus(result);
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << PQerrorMessage(connection) << sql;
    PQclear(result);
    PQfinish(connection);
  }

 private:
  ThrowawayPostgres(TempDir folder, std::string binaries)
      : folder_(std::move(folder)), binaries_(std::move(binaries)) {}

  static std::optional<std::string> find_binaries() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", error))
      if (std::filesystem::exists(entry.path() / "bin" / "initdb")) return (entry.path() / "bin").string();
    return std::nullopt;
  }

  std::string data() const { return (folder_.path() / "data").string(); }

  bool run(const std::string& command) const {
    const std::string line = binaries_ + "/" + command + " > /dev/null 2>&1";
    const std::string as_user = ::geteuid() == 0 ? "cd / && runuser -u postgres -- " + line : line;
    return std::system(as_user.c_str()) == 0;
  }

  bool initialise() {
    const std::string own = "chown postgres " + folder_.path().string();
    if (::geteuid() == 0 && std::system(own.c_str()) != 0) return false;
    if (!run("initdb -D " + data() + " -U postgres -A trust -E UTF8 --locale=C --no-sync")) return false;
    started_ = run("pg_ctl -D " + data() + " -l " + (folder_.path() / "log").string() + " -w start -o \"-k " +
                   folder_.path().string() + " -c listen_addresses='' -c fsync=off -c shared_buffers=16MB\"");
    return started_;
  }

  TempDir folder_;
  std::string binaries_;
  bool started_ = false;
};

}  // namespace vernier::testing
