#include "tests/program/commands.h"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace laterbase::tests {
namespace {

// Into files that begin empty.
Command command_of(const std::string& out, const std::string& err, std::vector<std::string> arguments) {
  std::filesystem::remove(out);
  std::filesystem::remove(err);
  Command command;
  command.arguments = {laterbase_program()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.out = out;
  command.err = err;
  return command;
}

}  // namespace

RunningCommand::RunningCommand(const TempDir& directory, const std::string& name, std::vector<std::string> arguments)
    : out_(directory.file(name + ".out")),
      err_(directory.file(name + ".err")),
      process_(command_of(out_, err_, std::move(arguments))) {}

Outcome RunningCommand::wait(int timeout_ms) {
  const auto ending = process_.wait(timeout_ms);
  return {ending && ending->signal == 0 ? ending->status : -1, out(), err()};
}

Outcome run(std::vector<std::string> arguments) {
  const TempDir directory;
  return RunningCommand(directory, "command", std::move(arguments)).wait();
}

// Another program may hold the port for a moment.
void SteadyNode::start() {
  for (int tries = 0; tries < 50; ++tries) {
    if (try_start()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("the node does not start: " + serving_->err());
}

bool SteadyNode::try_start() {
  const std::string before = "listening on ";
  const std::string port = url_.empty() ? "0" : url_.substr(url_.rfind(':') + 1);
  std::vector<std::string> arguments = {"serve", "--data", data(), "--listen", "127.0.0.1:" + port};
  arguments.insert(arguments.end(), flags_.begin(), flags_.end());
  serving_ = begin("node", std::move(arguments));
  for (;;) {
    const bool running = serving_->running();
    const std::string out = serving_->out();
    const auto at = out.find(before), end = out.find('\n');
    if (at != std::string::npos && end != std::string::npos) {
      url_ = out.substr(at + before.size(), end - at - before.size());
      return true;
    }
    if (!running) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void SteadyNode::kill() {
  serving_->signal(SIGKILL);
  serving_->wait();
}

Outcome SteadyNode::stop() {
  serving_->signal(SIGTERM);
  return serving_->wait();
}

std::unique_ptr<RunningCommand> SteadyNode::begin(const std::string& name, std::vector<std::string> arguments) const {
  if (arguments.front() != "serve") arguments.insert(arguments.end(), {"--url", url()});
  return std::make_unique<RunningCommand>(directory_, name, std::move(arguments));
}

Outcome SteadyNode::run(std::vector<std::string> arguments) const { return begin("run", std::move(arguments))->wait(); }

}  // namespace laterbase::tests
