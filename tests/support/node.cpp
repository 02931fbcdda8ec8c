#include "tests/support/node.h"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <regex>
#include <thread>

namespace laterbase::tests {
namespace {

constexpr int start_timeout_ms = 60'000;

}  // namespace

Node::Node(Options options) {
  set_options(std::move(options));
  start();
}

void Node::set_options(Options options) {
  options_ = std::move(options);
  if (!options_.config.empty()) write_file(directory_.file("node.toml"), options_.config);
}

void Node::start() {
  std::filesystem::remove(directory_.file("out"));
  Command command;
  const std::uint16_t port = options_.keeps_port ? port_ : std::uint16_t{0};
  command.arguments = {laterbase_program(), "serve", "--data", data(), "--listen", "127.0.0.1:" + std::to_string(port)};
  if (!options_.config.empty()) {
    command.arguments.insert(command.arguments.end(), {"--config", directory_.file("node.toml")});
  }
  command.arguments.insert(command.arguments.end(), options_.flags.begin(), options_.flags.end());
  command.out = directory_.file("out");
  command.err = directory_.file("err");
  process_ = std::make_unique<Process>(command);
  port_ = static_cast<std::uint16_t>(std::stoi(await_address()));
}

// The port in the one line that it prints once it answers.
std::string Node::await_address() {
  static const std::regex address(R"((?:127\.0\.0\.1|localhost):(\d+)[^\n]*\n)");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(start_timeout_ms);
  while (std::chrono::steady_clock::now() < deadline) {
    const bool ended = !process_->running();
    const std::string out = read_file(directory_.file("out"));
    std::smatch match;
    if (std::regex_search(out, match, address)) return match[1];
    if (ended) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw DidNotStart{read_file(directory_.file("out")) + log()};
}

Response Node::ask(const Request& request) const {
  HttpConnection connection(port_);
  return connection.ask(request);
}

Response Node::get(const std::string& target, Headers headers) const {
  return ask({.method = "GET", .target = target, .body = "", .headers = std::move(headers)});
}

Response Node::post(const std::string& target, const std::string& body, const std::string& type) const {
  Headers headers;
  if (!type.empty()) headers.emplace_back("Content-Type", type);
  return ask({.method = "POST", .target = target, .body = body, .headers = std::move(headers)});
}

Response Node::put(const std::string& target, const std::string& body) const {
  return ask({.method = "PUT", .target = target, .body = body, .headers = {}});
}

void Node::kill() {
  process_->signal(SIGKILL);
  process_->wait(10'000);
}

Ending Node::stop(int timeout_ms) {
  process_->signal(SIGTERM);
  if (const auto ending = process_->wait(timeout_ms)) return *ending;
  kill();
  return {0, SIGKILL};
}

void Node::restart_after_kill() {
  kill();
  start();
}

}  // namespace laterbase::tests
