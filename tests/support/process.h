#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

// A program of ours as a child: its output goes to files, it dies with its parent, and how it ended is told.
namespace laterbase::tests {

// How a process ended: its exit status, or the signal that ended it.
struct Ending {
  int status = 0;
  int signal = 0;
  bool operator==(const Ending&) const = default;
};

struct Command {
  std::vector<std::string> arguments;              // the first is the program's path
  std::map<std::string, std::string> environment;  // over our own
  std::string out;                                 // file that standard output goes to
  std::string err;
};

// Lifetime: kills what still runs, with -9. Throws std::system_error. Threads: one at a time.
class Process {
 public:
  explicit Process(const Command& command);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);

  // Nothing where it still runs after timeout_ms.
  std::optional<Ending> wait(int timeout_ms);

 private:
  bool reap(bool block);

  pid_t pid_ = -1;
  std::optional<Ending> ending_;
};

// The program's path: the one that was built with the tests, or LATERBASE_TEST_PROGRAM.
std::string laterbase_program();

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace laterbase::tests
