#include "tests/client/fake_node.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace laterbase::client {
namespace {

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// One request out of `buffer` and the socket, with a body as long as Content-Length says. Empty at the end.
std::string read_request(int socket, std::string& buffer) {
  for (;;) {
    const auto head = buffer.find("\r\n\r\n");
    if (head != std::string::npos) {
      const std::string length = field_of(buffer, "Content-Length");
      const std::size_t whole = head + 4 + (length.empty() ? 0 : std::stoul(length));
      if (buffer.size() >= whole) {
        std::string request = buffer.substr(0, whole);
        buffer.erase(0, whole);
        return request;
      }
    }
    char chunk[4096];
    const ssize_t got = ::recv(socket, chunk, sizeof chunk, 0);
    if (got <= 0) return {};
    buffer.append(chunk, static_cast<std::size_t>(got));
  }
}

}  // namespace

Reply reply(unsigned status, const std::string& body, const std::string& fields) {
  return {fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\n\r\n{}", status, fields, body.size(), body)};
}

Reply stream_reply(const std::string& body) {
  return {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body, true};
}

FakeNode::FakeNode(std::vector<Reply> script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, generic, &length) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

FakeNode::~FakeNode() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  if (const int socket = talking_; socket >= 0) ::shutdown(socket, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string FakeNode::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::vector<std::string> FakeNode::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Session FakeNode::session(std::int64_t total_ms) {
  ConnectionOptions options{*parse_endpoint(url()), "secret", {}, true};
  return {options, RetryPolicy{1, 2, total_ms}, [this](const std::string& words) { notices.push_back(words); }};
}

void FakeNode::run() {
  while (!stopping_) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    talking_ = socket;
    if (!stopping_) talk(socket);
    talking_ = -1;
    ::close(socket);
  }
}

void FakeNode::talk(int socket) {
  std::string buffer;
  while (next_ < script_.size()) {
    const std::string request = read_request(socket, buffer);
    if (request.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const Reply& answer = script_[next_++];
    if (!send_all(socket, answer.bytes) || answer.close || answer.bytes.empty()) return;
  }
}

std::string body_of(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

std::string field_of(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos || at > request.find("\r\n\r\n")) return {};
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace laterbase::client
