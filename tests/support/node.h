#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/http.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

// The real program as a daemon on a port of its own, with a data directory that outlives its restarts.
namespace laterbase::tests {

// The daemon ended, or kept silent, instead of printing its address.
struct DidNotStart {
  std::string log;
};

class Node {
 public:
  struct Options {
    std::vector<std::string> flags;  // "--limits.max_body=1MiB"
    std::string config;              // text of a TOML file
    bool keeps_port = false;         // over restarts, so that others find it again
  };

  Node() : Node(Options{}) {}
  explicit Node(Options options);

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const TempDir& directory() const { return directory_; }
  std::string data() const { return directory_.file("data"); }
  std::string log() const { return read_file(directory_.file("err")); }

  // One request on a connection of its own.
  Response ask(const Request& request) const;
  Response get(const std::string& target, Headers headers = {}) const;
  Response post(const std::string& target, const std::string& body, const std::string& type = "") const;
  Response put(const std::string& target, const std::string& body = "") const;

  void start();
  void kill();                           // -9, and gone when this returns
  Ending stop(int timeout_ms = 10'000);  // SIGTERM; killed, with signal 9, where it stays longer
  void restart_after_kill();
  Process& process() { return *process_; }
  void set_options(Options options);

 private:
  std::string await_address();

  TempDir directory_;
  Options options_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace laterbase::tests
