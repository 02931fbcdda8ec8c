#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

namespace laterbase::tests {
namespace {

void redirect(const std::string& path, int descriptor) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
}

// In the child, where nothing may throw.
[[noreturn]] void become(const Command& command, std::vector<char*>& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  redirect("/dev/null", STDIN_FILENO);
  if (!command.out.empty()) redirect(command.out, STDOUT_FILENO);
  if (!command.err.empty()) redirect(command.err, STDERR_FILENO);
  for (const auto& [name, value] : command.environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

Process::Process(const Command& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) become(command, arguments);
}

Process::~Process() {
  if (pid_ < 0 || ending_) return;
  ::kill(pid_, SIGKILL);
  reap(true);
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)), ending_(other.ending_) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(ending_, other.ending_);
  return *this;
}

bool Process::reap(bool block) {
  int status = 0;
  if (::waitpid(pid_, &status, block ? 0 : WNOHANG) != pid_) return false;
  ending_ = WIFSIGNALED(status) ? Ending{0, WTERMSIG(status)} : Ending{WEXITSTATUS(status), 0};
  return true;
}

bool Process::running() { return pid_ > 0 && !ending_ && !reap(false); }

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

std::optional<Ending> Process::wait(int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (running()) {
    if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return ending_;
}

std::string laterbase_program() {
  const char* named = ::getenv("LATERBASE_TEST_PROGRAM");
  return named != nullptr ? named : LATERBASE_BUILT_PROGRAM;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace laterbase::tests
