#include "tests/namespaces/network.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace laterbase::tests {
namespace {

bool quietly(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

void run(const std::string& command) {
  if (std::system((command + " >/dev/null").c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

std::optional<std::string> Network::missing() {
  if (::geteuid() != 0) return "it needs root";
  if (!quietly("command -v ip")) return "there is no ip (Debian package iproute2)";
  if (!quietly("command -v nft")) return "there is no nft (Debian package nftables)";
  const std::string probe = "lbp" + std::to_string(::getpid());
  const bool works = quietly("ip netns add " + probe + " && ip netns exec " + probe +
                             " nft add table ip probe && ip link add " + probe + " type bridge");
  quietly("ip link del " + probe);
  quietly("ip netns del " + probe);
  return works ? std::nullopt
               : std::optional<std::string>("this machine lets nobody make network namespaces and filters");
}

// The bridge stands in a namespace of its own, where no filter of the machine's (Docker's, a firewall's) sees it.
Network::Network(std::size_t nodes) : subnet_(::getpid() % 250) {
  const std::string own = std::to_string(::getpid());
  hub_ = "lb" + own + "hub";
  outside_ = "lbx" + own;
  run("ip netns add " + hub_);
  run("ip -n " + hub_ + " link add hub type bridge");
  run("ip -n " + hub_ + " link set hub up");
  run("ip link add " + outside_ + " type veth peer name outside netns " + hub_);
  run("ip -n " + hub_ + " link set outside master hub up");
  run("ip addr add " + gateway() + "/24 dev " + outside_);
  run("ip link set " + outside_ + " up");
  for (std::size_t i = 0; i < nodes; ++i) add_node(i, "lb" + own + "n" + std::to_string(i));
}

void Network::add_node(std::size_t node, const std::string& name) {
  const std::string port = "port" + std::to_string(node);
  run("ip netns add " + name);
  names_.push_back(name);
  run("ip -n " + hub_ + " link add " + port + " type veth peer name eth0 netns " + name);
  run("ip -n " + hub_ + " link set " + port + " master hub up");
  run("ip -n " + name + " addr add " + address(node) + "/24 dev eth0");
  run("ip -n " + name + " link set eth0 up");
  run("ip -n " + name + " link set lo up");
  run_in(node, "nft add table ip faults");
  run_in(node, "nft add chain ip faults arriving '{ type filter hook input priority 0 ; }'");
}

Network::~Network() {
  for (const std::string& name : names_) quietly("ip netns del " + name);
  quietly("ip link del " + outside_);
  quietly("ip netns del " + hub_);
}

std::string Network::gateway() const { return "10.213." + std::to_string(subnet_) + ".1"; }

std::string Network::address(std::size_t node) const {
  return "10.213." + std::to_string(subnet_) + "." + std::to_string(10 + node);
}

std::vector<std::string> Network::prefix(std::size_t node) const {
  return {"/usr/bin/env", "ip", "netns", "exec", names_[node]};
}

void Network::run_in(std::size_t node, const std::string& command) const {
  run("ip netns exec " + names_[node] + " " + command);
}

void Network::drop(std::size_t from, std::size_t to, int percent) {
  const std::string some = percent < 100 ? " numgen random mod 100 '<' " + std::to_string(percent) : "";
  run_in(to, "nft add rule ip faults arriving ip saddr " + address(from) + some + " counter drop");
}

void Network::heal() {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    dropped_ += count_dropped(i);
    run_in(i, "nft flush chain ip faults arriving");
  }
}

// "… counter packets 17 bytes 1020 drop" of each rule.
std::uint64_t Network::count_dropped(std::size_t node) const {
  const std::string command = "ip netns exec " + names_[node] + " nft list chain ip faults arriving";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::array<char, 512> line;
  std::uint64_t packets = 0;
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    const std::string_view text = line.data();
    const std::size_t at = text.find("packets ");
    if (at != std::string_view::npos) packets += std::strtoull(text.data() + at + 8, nullptr, 10);
  }
  return packets;
}

}  // namespace laterbase::tests
