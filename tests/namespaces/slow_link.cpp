#include "tests/namespaces/slow_link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "engine/base/random.h"

namespace laterbase::tests {
namespace {

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

}  // namespace

SlowLink::SlowLink(const std::string& own, std::string host, std::uint16_t port, std::uint64_t seed)
    : host_(std::move(host)), port_(port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), seed_(seed) {
  sockaddr_in address = address_of(own, 0);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 64) != 0) throw std::runtime_error("slow link");
  ::getsockname(listener_, plain, &size);
  url_ = "http://" + own + ":" + std::to_string(ntohs(address.sin_port));
  acceptor_ = std::thread([this] { accept_all(); });
}

SlowLink::~SlowLink() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& pump : pumps_) pump.join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

void SlowLink::accept_all() {
  while (!stopping_) {
    const int near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (near < 0) continue;
    const int far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in target = address_of(host_, port_);
    const std::lock_guard lock(mutex_);
    sockets_.push_back(near);
    sockets_.push_back(far);
    if (::connect(far, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
      ::shutdown(near, SHUT_RDWR);
      continue;
    }
    pumps_.emplace_back([this, near, far, seed = ++seed_] { pump(near, far, seed * 2); });
    pumps_.emplace_back([this, near, far, seed = seed_] { pump(far, near, seed * 2 + 1); });
  }
}

void SlowLink::pump(int from, int to, std::uint64_t seed) {
  Random random(seed);
  std::array<char, 16 * 1024> bytes;
  for (;;) {
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
    if (got <= 0) break;
    if (!gentle_) std::this_thread::sleep_for(std::chrono::milliseconds(random.below(60)));
    const bool cuts = !gentle_ && random.one_in(40);
    const auto size = static_cast<std::size_t>(cuts ? got / 2 : got);
    if (::send(to, bytes.data(), size, MSG_NOSIGNAL) < 0) break;
    if (cuts) {
      ++cut_;
      break;
    }
  }
  ::shutdown(from, SHUT_RDWR);
  ::shutdown(to, SHUT_RDWR);
}

}  // namespace laterbase::tests
