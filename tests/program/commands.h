#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

// The program's commands as child processes, their output in files.
namespace laterbase::tests {

struct Outcome {
  int exit_code = -1;  // -1 where it did not end by itself
  std::string out, err;
};

class RunningCommand {
 public:
  // Output goes to NAME.out and NAME.err of the directory.
  RunningCommand(const TempDir& directory, const std::string& name, std::vector<std::string> arguments);

  Outcome wait(int timeout_ms = 60'000);
  void signal(int number) { process_.signal(number); }
  bool running() { return process_.running(); }
  std::string out() const { return read_file(out_); }
  std::string err() const { return read_file(err_); }

 private:
  std::string out_, err_;
  Process process_;
};

// `laterbase ARGUMENTS`, to its end.
Outcome run(std::vector<std::string> arguments);

// A node that comes back on the port that it had.
class SteadyNode {
 public:
  // `flags` are settings.
  explicit SteadyNode(std::vector<std::string> flags = {}) : flags_(std::move(flags)) { start(); }

  const std::string& url() const { return url_; }
  std::string data() const { return directory_.file("data"); }
  const TempDir& directory() const { return directory_; }

  void kill();
  void start();
  Outcome stop();
  // `laterbase ARGUMENTS` with this node's --url.
  Outcome run(std::vector<std::string> arguments) const;
  // The same, going on beside us.
  std::unique_ptr<RunningCommand> begin(const std::string& name, std::vector<std::string> arguments) const;

 private:
  bool try_start();

  TempDir directory_;
  std::vector<std::string> flags_;
  std::string url_;  // from the first start on
  std::unique_ptr<RunningCommand> serving_;
};

}  // namespace laterbase::tests
