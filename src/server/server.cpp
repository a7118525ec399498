// SPDX-License-Identifier: Apache-2.0
#include "server/server.h"

#include <utility>

#include "server/http_server.h"
#include "server/routes.h"

namespace vernier::server {
namespace {

class ApiServer : public Server {
 public:
  ApiServer(ci::Service& service, store::Store& store)
      : services_{service, store, connection_tests_, schema_tasks_}, store_(store) {}

  Status open(const ServerOptions& options) {
    http_ = TRY(HttpServer::open(
        options, {all_routes(services_), [this](std::string_view key) { return store_.is_api_key(key); },
                  store_.incoming_dir()}));
    return {};
  }

  std::uint16_t port() const override { return http_->port(); }
  void run() override { http_->run(); }
  void stop() override {
    services_.ci.stop_exploring();
    http_->stop();
  }

 private:
  JobResults connection_tests_;
  JobResults schema_tasks_;
  Services services_;
  store::Store& store_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, ci::Service& service,
                                             store::Store& store) {
  auto server = std::make_unique<ApiServer>(service, store);
  TRY(server->open(options));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace vernier::server
