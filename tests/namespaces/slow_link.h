#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// A proxy between two nodes: what goes through a connection is held up for a random while, each connection for itself,
// so that requests overtake each other; now and then one is cut in the middle.
namespace laterbase::tests {

class SlowLink {
 public:
  // Listens on a free port of `own` and passes on to `host`:`port`.
  SlowLink(const std::string& own, std::string host, std::uint16_t port, std::uint64_t seed);
  ~SlowLink();
  SlowLink(const SlowLink&) = delete;
  SlowLink& operator=(const SlowLink&) = delete;

  std::string url() const { return url_; }
  std::uint64_t cut() const { return cut_; }
  void set_gentle() { gentle_ = true; }

 private:
  void accept_all();
  void pump(int from, int to, std::uint64_t seed);

  std::string host_;
  std::uint16_t port_;
  std::string url_;
  int listener_ = -1;
  std::uint64_t seed_;
  std::atomic<bool> stopping_{false}, gentle_{false};
  std::atomic<std::uint64_t> cut_{0};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> pumps_;
  std::thread acceptor_;
};

}  // namespace laterbase::tests
