#include "bench/http/servers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/socket.h"

namespace laterbase::bench {
namespace {

// A port that was free a moment ago.
std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

}  // namespace

Server Server::bare_beast() {
  Server server;
  server.start({.arguments = {"/proc/self/exe", "--serve-bare-beast"}, .environment = {}, .out = {}, .err = {}});
  const std::string prefix = "127.0.0.1:";
  for (std::string line; server.process_->running(); line = tests::read_file(server.directory_->file("out"))) {
    if (line.starts_with(prefix) && line.ends_with('\n')) {
      server.port_ = static_cast<std::uint16_t>(std::stoi(line.substr(prefix.size())));
      return server;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  throw std::runtime_error("the bare Beast server did not start");
}

Server Server::redis() {
  Server server;
  server.port_ = free_port();
  server.start({.arguments = {"/usr/bin/redis-server", "--bind", "127.0.0.1", "--port", std::to_string(server.port_),
                              "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir",
                              server.directory_->path()},
                .environment = {},
                .out = {},
                .err = {}});
  server.await_port();
  return server;
}

Server Server::etcd() {
  Server server;
  server.port_ = free_port();
  const std::string client = "http://127.0.0.1:" + std::to_string(server.port_);
  const std::string peer = "http://127.0.0.1:" + std::to_string(free_port());
  server.start({.arguments = {"/usr/bin/etcd", "--data-dir", server.directory_->file("data"), "--listen-client-urls",
                              client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
                              "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer},
                .environment = {},
                .out = {},
                .err = {}});
  server.await_port();
  std::this_thread::sleep_for(std::chrono::seconds(2));  // it elects itself
  return server;
}

void Server::start(const tests::Command& command) {
  tests::Command logged = command;
  logged.out = directory_->file("out");
  logged.err = directory_->file("err");
  process_ = std::make_unique<tests::Process>(logged);
}

void Server::await_port() {
  for (int tries = 0; tries < 1000 && process_->running(); ++tries) {
    try {
      tests::Socket connection(port_);
      return;
    } catch (const std::system_error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  throw std::runtime_error("it did not start: " + tests::read_file(directory_->file("out")) +
                           tests::read_file(directory_->file("err")));
}

}  // namespace laterbase::bench
