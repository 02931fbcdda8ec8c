#include "bench/support/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/support/answer_reader.h"

namespace laterbase::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : value_(descriptor) {
    if (value_ < 0) fail("descriptor");
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

int connected_socket(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int yes = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return descriptor;
}

struct Connection {
  Connection(std::uint16_t port, Protocol protocol) : socket(connected_socket(port)), reader(protocol) {}

  Descriptor socket;
  AnswerReader reader;
  std::string_view unsent;
  bool waits_to_send = false;
};

class Generator {
 public:
  Generator(const Load& load, const std::vector<std::string>& requests)
      : load_(load), requests_(requests), epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(256 * 1024, '\0') {
    for (std::size_t i = 0; i < load.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(load.port, load.protocol));
      control(EPOLL_CTL_ADD, *connections_.back(), EPOLLIN);
    }
  }

  LoadResult run() {
    const auto begin = Clock::now();
    deadline_ = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load_.seconds));
    for (const auto& connection : connections_) ask(*connection);
    while (under_way_ > 0) turn();
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return result_;
  }

 private:
  void control(int operation, Connection& connection, std::uint32_t events) {
    epoll_event event = {};
    event.events = events;
    event.data.ptr = &connection;
    if (::epoll_ctl(epoll_.value(), operation, connection.socket.value(), &event) != 0) fail("epoll_ctl");
  }

  void turn() {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_.value(), events.data(), events.size(), 10'000);
    if (count == 0) throw std::runtime_error("the server kept silent for 10 s");
    late_ = Clock::now() >= deadline_;
    for (int i = 0; i < count; ++i) {
      Connection& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!connection.unsent.empty()) send(connection);
      if (events[static_cast<std::size_t>(i)].events & ~EPOLLOUT) receive(connection);
    }
  }

  void ask(Connection& connection) {
    if (late_ || asked_ >= load_.most_requests) return;
    ++under_way_;
    connection.unsent = requests_[asked_++ % requests_.size()];
    send(connection);
  }

  void send(Connection& connection) {
    const ssize_t sent = ::send(connection.socket.value(), connection.unsent.data(), connection.unsent.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send");
    if (sent > 0) connection.unsent.remove_prefix(static_cast<std::size_t>(sent));
    const bool waits = !connection.unsent.empty();
    if (waits == connection.waits_to_send) return;
    connection.waits_to_send = waits;
    control(EPOLL_CTL_MOD, connection, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  void receive(Connection& connection) {
    const ssize_t received = ::recv(connection.socket.value(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return;
    if (received < 0) fail("recv");
    if (received == 0) throw std::runtime_error("the server closed a connection");
    result_.bytes += static_cast<std::uint64_t>(received);
    if (!connection.reader.take(std::string_view(buffer_.data(), static_cast<std::size_t>(received)))) return;
    ++(connection.reader.succeeded() ? result_.answers : result_.failures);
    --under_way_;
    ask(connection);
  }

  const Load& load_;
  const std::vector<std::string>& requests_;
  Descriptor epoll_;
  std::string buffer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Clock::time_point deadline_;
  bool late_ = false;
  std::uint64_t asked_ = 0;
  std::size_t under_way_ = 0;
  LoadResult result_;
};

}  // namespace

LoadResult run(const Load& load, const std::vector<std::string>& requests) { return Generator(load, requests).run(); }

double requests_per_second(const Load& load, const std::vector<std::string>& requests) {
  const LoadResult result = run(load, requests);
  if (result.failures > 0) throw std::runtime_error(std::to_string(result.failures) + " requests failed");
  return result.per_second();
}

}  // namespace laterbase::bench
