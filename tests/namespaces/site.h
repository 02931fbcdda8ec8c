#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/namespaces/network.h"
#include "tests/support/http.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace laterbase::tests {

using Contents = std::map<std::string, std::string>;  // key → value

// The real program as one node of a network, with a database "trucks", that can be killed and started again.
class NetworkSite {
 public:
  NetworkSite(const Network& network, std::size_t number) : network_(network), number_(number) {}

  // [[peers]] of its configuration.
  void add_peer(const std::string& name, const std::string& url);
  void start();
  void kill();
  bool running() { return process_ && process_->running(); }
  std::string url() const;
  std::string address() const { return network_.address(number_); }

  // Status 0 where there is no answer.
  int post(const std::string& lines);
  // Nothing where there is no answer.
  std::optional<Contents> contents();
  std::string log() const { return read_file(directory_.file("err")); }

 private:
  Response ask(Request request, int timeout_ms);

  const Network& network_;
  std::size_t number_;
  TempDir directory_;
  std::string peers_;
  std::unique_ptr<Process> process_;
};

}  // namespace laterbase::tests
