#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

// The programs that laterbase is measured beside, each on a free port with a fresh directory, ended with their object.
namespace laterbase::bench {

class Server {
 public:
  std::uint16_t port() const { return port_; }

  // This program again, as the bare Beast server.
  static Server bare_beast();
  // Redis 7 that answers a write when it is on disk.
  static Server redis();
  // etcd 3, alone.
  static Server etcd();

 private:
  Server() : directory_(std::make_unique<tests::TempDir>()) {}
  void start(const tests::Command& command);
  void await_port();

  std::unique_ptr<tests::TempDir> directory_;
  std::unique_ptr<tests::Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace laterbase::bench
