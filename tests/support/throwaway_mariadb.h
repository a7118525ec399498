// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <mysql.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "model/settings.h"

namespace vernier::testing {

// A MariaDB server of a test's own in a temporary folder, reached through a socket there by anybody without a
// password; gone with the object. It has no tables of users, which would take longer to make than the tests.
class ThrowawayMariaDb {
 public:
  // nullptr where this machine has no MariaDB server to start.
  static std::unique_ptr<ThrowawayMariaDb> start() {
    if (!std::filesystem::exists("/usr/sbin/mariadbd")) return nullptr;
    auto folder = TempDir::create("/tmp");
    if (!folder) return nullptr;
    std::unique_ptr<ThrowawayMariaDb> server(new ThrowawayMariaDb(std::move(*folder)));
    return server->initialise() ? std::move(server) : nullptr;
  }
  ThrowawayMariaDb(const ThrowawayMariaDb&) = delete;
  ThrowawayMariaDb& operator=(const ThrowawayMariaDb&) = delete;
  ~ThrowawayMariaDb() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  model::DataSource source() const {
    model::DataSource source{.id = 1, .name = "maria", .type = "mysql", .temp_schema = {}};
    source.options = {{"host", socket()}, {"user", "root"}, {"dbname", "shop"}};
    return source;
  }

  // Runs statements as the administrator; a failure fails the test.
  void execute(const std::string& sql) const {
    MYSQL* connection = connected("shop", CLIENT_MULTI_STATEMENTS);
    ASSERT_NE(connection, nullptr);
    int more = mysql_real_query(connection, sql.data(), sql.size());
    while (more == 0) {
      if (MYSQL_RES* result = mysql_store_result(connection)) mysql_free_result(result);
      more = mysql_next_result(connection);
    }
    EXPECT_EQ(mysql_errno(connection), 0u) << mysql_error(connection) << sql.substr(0, 2000);
    mysql_close(connection);
  }

 private:
  explicit ThrowawayMariaDb(TempDir folder) : folder_(std::move(folder)) {}

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string socket() const { return path("server.sock"); }

  MYSQL* connected(const char* database, unsigned long flags) const {
    MYSQL* connection = mysql_init(nullptr);
    mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(connection, nullptr, "root", "", database, 0, socket().c_str(), flags))
      return connection;
    mysql_close(connection);
    return nullptr;
  }

  bool initialise() {
    std::filesystem::create_directory(path("data"));
    start_server();
    constexpr int tries = 200;
    MYSQL* connection = nullptr;
    for (int i = 0; i < tries && !connection; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      connection = connected(nullptr, 0);
    }
    if (!connection) return false;
    const bool created = mysql_query(connection, "create database shop character set utf8mb4") == 0;
    mysql_close(connection);
    return created;
  }

  void start_server() {
    std::vector<std::string> arguments = {"mariadbd",
                                          "--no-defaults",
                                          "--datadir=" + path("data"),
                                          "--socket=" + socket(),
                                          "--pid-file=" + path("pid"),
                                          "--log-error=" + path("log"),
                                          "--skip-networking",
                                          "--skip-grant-tables",
                                          "--innodb-log-file-size=8M",
                                          "--innodb-flush-log-at-trx-commit=0",
                                          "--innodb-buffer-pool-size=64M",
                                          "--max-allowed-packet=64M"};
    if (::geteuid() == 0) arguments.emplace_back("--user=root");
    std::vector<char*> words;
    for (std::string& argument : arguments)
      words.push_back(argument.data());
    words.push_back(nullptr);
    process_ = ::fork();
    if (process_ != 0) return;
    if (!std::freopen(path("log").c_str(), "a", stderr)) ::_exit(1);
    ::execv("/usr/sbin/mariadbd", words.data());
    ::_exit(1);
  }

  TempDir folder_;
  pid_t process_ = 0;
};

}  // namespace vernier::testing
