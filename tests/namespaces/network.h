#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// A network of its own inside this machine: a namespace for each node, all on one bridge, and packet filters between
// them. Needs root, ip and nft; gone with the object.
namespace laterbase::tests {

class Network {
 public:
  // Why there can be none here; nothing where there can.
  static std::optional<std::string> missing();

  explicit Network(std::size_t nodes);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  std::size_t size() const { return names_.size(); }
  std::string address(std::size_t node) const;
  std::string gateway() const;  // of the machine itself: the test can listen there
  // In front of a command that is to run as that node.
  std::vector<std::string> prefix(std::size_t node) const;

  // What `to` does with packets from `from`: drops them, or so many of a hundred.
  void drop(std::size_t from, std::size_t to, int percent = 100);
  void heal();
  // Packets that were dropped so far, up to the last heal().
  std::uint64_t dropped() const { return dropped_; }

 private:
  void add_node(std::size_t node, const std::string& name);
  void run_in(std::size_t node, const std::string& command) const;
  std::uint64_t count_dropped(std::size_t node) const;

  std::string hub_, outside_;
  std::vector<std::string> names_;
  int subnet_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace laterbase::tests
