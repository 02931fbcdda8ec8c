#include "server/library/core.h"

// The front of the library: what Server says, done by its Core.
namespace laterbase {

Server::Server(Config config) : core_(std::make_unique<library::Core>(std::move(config))) {}
Server::~Server() = default;

Server& Server::route(const std::string& method, const std::string& path,
                      std::function<Response(const Request&)> answer, Access access) {
  core_->add_route({method, path, {}, access, std::move(answer)});
  return *this;
}

int Server::run() { return core_->run(); }
void Server::start() { core_->start(); }
void Server::stop() { core_->stop(); }
std::string Server::url() const { return core_->url(); }

std::shared_ptr<library::RootCode> Server::code_of(const std::string& name) { return core_->code_of(name); }

}  // namespace laterbase
