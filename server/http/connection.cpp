#include "server/http/connection.h"

#include <algorithm>
#include <boost/asio/socket_base.hpp>

#include "server/http/problem.h"
#include "server/http/router.h"

namespace laterbase::http {
namespace {

constexpr std::size_t input_bytes = 8 * 1024;
constexpr std::uint64_t skippable_bytes = 64 * 1024;
constexpr std::int64_t linger_ms = 2'000;
constexpr std::size_t kept_body_bytes = 256 * 1024;

}  // namespace

Connection::Connection(IoThread& thread, Application& application, std::unique_ptr<Stream> stream)
    : thread_(thread),
      application_(application),
      stream_(std::move(stream)),
      wakeup_(thread),
      exchange_(thread, wakeup_),
      limits_(application.limits()) {
  exchange_.wait_deadline_ms = &deadline_ms;
  thread_.watch(*this);
}

void Connection::deadline_passed() noexcept {
  expired_ = true;
  ErrorCodeOfSystem ignored;
  stream_->socket().cancel(ignored);
  wakeup_.wake();
}

void Connection::drain() noexcept {
  ErrorCodeOfSystem ignored;
  if (idle_) stream_->socket().cancel(ignored);
  wakeup_.wake();
}

void Connection::set_deadline(std::int64_t after_ms) noexcept {
  expired_ = false;
  deadline_ms = after_ms == never ? never : thread_.now_ms() + after_ms;
}

Awaitable<void> Connection::run() {
  ErrorCodeOfSystem error;
  set_deadline(limits_.read_timeout_ms);
  co_await stream_->handshake(error);
  if (error) co_return;
  while (co_await serve()) {
  }
  if (linger_) co_await linger();
}

Awaitable<void> Connection::refuse() {
  ErrorCodeOfSystem error;
  set_deadline(linger_ms);
  co_await stream_->handshake(error);
  if (error) co_return;
  set_problem(exchange_.reply, problems::unavailable, "This node has as many connections as it is set to take.");
  exchange_.reply.close = true;
  request_id();
  if (co_await send()) co_await linger();
}

Awaitable<bool> Connection::serve() {
  exchange_.clear();
  limits_ = application_.limits();
  Outcome outcome = co_await read_head();
  if (outcome == Outcome::closed) co_return false;
  bool admitted = false;
  if (outcome == Outcome::good) {
    admitted = application_.admit(exchange_);
    if (admitted)
      outcome = co_await read_body();
    else
      outcome = co_await skip_body();
    if (outcome == Outcome::closed) co_return false;
  }
  set_deadline(never);
  if (admitted && outcome == Outcome::good) co_await answer();
  const bool sent = co_await send();
  application_.finished(exchange_);
  if (body_.capacity() > kept_body_bytes) std::string{}.swap(body_);
  // Closed by us with something unread, the kernel would send a reset, which may overtake the answer.
  if (sent && !keep_alive_) linger_ = true;
  const bool again = sent && keep_alive_;
  co_return again;
}

// ---- reading

Awaitable<bool> Connection::more_input() {
  if (end_ == in_.size()) {
    if (begin_ > 0 && begin_ == end_) begin_ = end_ = 0;
    if (begin_ > 0) {
      in_.erase(0, begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    in_.resize(std::max(input_bytes, end_ * 2));
  }
  ErrorCodeOfSystem error;
  const boost::asio::mutable_buffer into(in_.data() + end_, in_.size() - end_);
  const std::size_t got = co_await stream_->read_some(into, error);
  end_ += got;
  exchange_.bytes_in += got;
  co_return !error && !expired_;
}

Awaitable<Connection::Outcome> Connection::read_head() {
  bool begun = false;
  for (;;) {
    while (begin_ < end_ && (in_[begin_] == '\r' || in_[begin_] == '\n')) ++begin_;  // RFC 9112, 2.2
    const std::string_view got(in_.data() + begin_, end_ - begin_);
    if (const auto size = head_end(got)) co_return parse(*size, begun);
    if (got.size() > limits_.max_header_bytes)
      co_return refuse_with(431, "The request line and header fields are too large.");
    if (hopeless(got)) co_return refuse_with(400, "Lines of a request end in CRLF.");
    if (got.empty()) {
      if (thread_.draining()) co_return Outcome::closed;
      if (in_.size() > 4 * input_bytes) std::string{}.swap(in_);
      begin_ = end_ = 0;
      set_deadline(limits_.idle_timeout_ms);
    } else if (!begun) {
      begun = true;
      set_deadline(limits_.read_timeout_ms);
    }
    idle_ = got.empty();
    const bool more = co_await more_input();
    idle_ = false;
    if (more) continue;
    co_return expired_&& end_ > begin_ ? out_of_time() : Outcome::closed;
  }
}

Connection::Outcome Connection::parse(std::size_t size, bool has_deadline) {
  if (!has_deadline) set_deadline(limits_.read_timeout_ms);
  exchange_.started_us = thread_.now_us();
  if (size > limits_.max_header_bytes) return refuse_with(431, "The request line and header fields are too large.");
  auto head = parse_head({in_.data() + begin_, size});
  if (head && head->has_body() && in_.size() - begin_ - size < input_bytes / 2) {
    in_.resize(in_.size() + input_bytes);  // room for the body's first bytes, before anything points in here
    head = parse_head({in_.data() + begin_, size});
  }
  if (!head) return refuse_with(head.error().status, head.error().detail);
  begin_ += size;
  exchange_.head = std::move(*head);
  request_id();
  return Outcome::good;
}

void Connection::request_id() {
  constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";
  const std::string_view given = exchange_.head.request_id;
  const bool sane = !given.empty() && given.size() <= 128 && std::all_of(given.begin(), given.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == ':' || c == '/' || c == '+' || c == '=';
  });
  if (sane) {
    exchange_.request_id = given;
    return;
  }
  std::uint64_t bits = thread_.random()();
  exchange_.request_id.resize(12);
  for (char& c : exchange_.request_id) {
    c = letters[bits & 31];
    bits >>= 5;
  }
}

Connection::Outcome Connection::refuse_with(int status, std::string_view detail) {
  if (exchange_.request_id.empty()) request_id();
  set_problem(exchange_.reply, problem_of_status(status), detail);
  exchange_.reply.close = true;
  linger_ = true;
  return Outcome::refused;
}

Connection::Outcome Connection::out_of_time() {
  return refuse_with(408, "The request did not arrive whole within this node's read timeout.");
}

Awaitable<Connection::Outcome> Connection::read_body() {
  const Head& head = exchange_.head;
  if (!head.has_body()) co_return Outcome::good;
  const std::uint64_t length = head.content_length.value_or(0);
  if (length > limits_.max_body_bytes)
    co_return refuse_with(413, "The body is larger than this node's limits.max_body; send it in several requests.");
  if (head.expect_continue && end_ - begin_ < std::max<std::uint64_t>(length, 1)) {
    if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return Outcome::closed;
    set_deadline(limits_.read_timeout_ms);
  }
  Outcome outcome;
  if (head.chunked)
    outcome = co_await read_chunked();
  else
    outcome = co_await read_counted(length);
  if (outcome == Outcome::good && !head.content_encoding.empty()) outcome = decode_body();
  co_return outcome;
}

Awaitable<Connection::Outcome> Connection::read_counted(std::uint64_t size) {
  const auto wanted = static_cast<std::size_t>(size);
  if (in_.size() - begin_ >= wanted) {
    while (end_ - begin_ < wanted)
      if (!co_await more_input()) co_return expired_ ? out_of_time() : Outcome::closed;
    exchange_.body = std::string_view(in_.data() + begin_, wanted);
    begin_ += wanted;
    co_return Outcome::good;
  }
  body_.assign(in_, begin_, end_ - begin_);
  begin_ = end_;
  while (body_.size() < wanted) {
    const std::size_t have = body_.size();
    body_.resize(std::min(wanted, have + std::max(have, kept_body_bytes)));
    for (std::size_t at = have; at < body_.size();) {
      ErrorCodeOfSystem error;
      const boost::asio::mutable_buffer into(body_.data() + at, body_.size() - at);
      const std::size_t got = co_await stream_->read_some(into, error);
      at += got;
      exchange_.bytes_in += got;
      if (expired_) co_return out_of_time();
      if (error) co_return Outcome::closed;
    }
  }
  exchange_.body = body_;
  co_return Outcome::good;
}

Awaitable<Connection::Outcome> Connection::read_chunked() {
  body_.clear();
  ChunkedDecoder decoder(limits_.max_body_bytes);
  const std::size_t scratch = begin_;  // behind the head, where parse() has left room
  for (;;) {
    begin_ += decoder.take({in_.data() + begin_, end_ - begin_}, body_);
    switch (decoder.state()) {
      case ChunkedDecoder::State::done:
        exchange_.body = body_;
        co_return Outcome::good;
      case ChunkedDecoder::State::malformed:
        co_return refuse_with(400, "The chunked body is malformed, or has chunk extensions, which are refused.");
      case ChunkedDecoder::State::too_large:
        co_return refuse_with(413, "The body is larger than this node's limits.max_body; send it in several requests.");
      case ChunkedDecoder::State::more:
        break;
    }
    // What the decoder left is the beginning of a line; it goes to the front, behind the head.
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin_), in_.begin() + static_cast<std::ptrdiff_t>(end_),
              in_.begin() + static_cast<std::ptrdiff_t>(scratch));
    end_ = scratch + (end_ - begin_);
    begin_ = scratch;
    if (!co_await more_input()) co_return expired_ ? out_of_time() : Outcome::closed;
  }
}

Connection::Outcome Connection::decode_body() {
  const std::string_view name = exchange_.head.content_encoding;
  if (equal_ignoring_case(name, "identity")) return Outcome::good;
  std::string plain;
  switch (decode(best_coding(name), exchange_.body, limits_.max_body_bytes, plain)) {
    case Decoded::malformed:
      set_problem(exchange_.reply, problems::bad_body, "The body is not what Content-Encoding says, or is cut off.");
      return Outcome::refused;
    case Decoded::too_large:
      set_problem(exchange_.reply, problems::too_large,
                  "The body unpacks to more than this node's limits.max_body; send it in several requests.");
      return Outcome::refused;
    case Decoded::ok:
      break;
  }
  body_ = std::move(plain);
  exchange_.body = body_;
  return Outcome::good;
}

// The body of a request that is refused: read over where it is small and on its way, else left to linger().
Awaitable<Connection::Outcome> Connection::skip_body() {
  const Head& head = exchange_.head;
  if (!head.has_body()) co_return Outcome::good;
  const std::uint64_t length = head.content_length.value_or(0);
  const bool unread = end_ - begin_ < std::max<std::uint64_t>(length, 1);
  if (head.chunked || length > skippable_bytes || (head.expect_continue && unread)) {
    exchange_.reply.close = true;
    linger_ = true;
    co_return Outcome::good;
  }
  const Outcome outcome = co_await read_counted(length);
  co_return outcome == Outcome::refused ? Outcome::closed : outcome;
}

Awaitable<void> Connection::linger() {
  set_deadline(thread_.draining() ? linger_ms / 4 : linger_ms);
  ErrorCodeOfSystem error;
  co_await stream_->finish(error);
  in_.resize(std::max(in_.size(), input_bytes));
  const boost::asio::mutable_buffer into(in_.data(), in_.size());
  while (!error && !expired_) co_await stream_->read_some(into, error);
}

// ---- answering

Awaitable<void> Connection::answer() {
  try {
    const auto& handler = exchange_.route->handler;
    if (const auto* plain = std::get_if<PlainHandler>(&handler))
      (*plain)(exchange_);
    else
      co_await std::get<SuspendingHandler>(handler)(exchange_);
  } catch (...) {
    application_.failed(exchange_);
  }
}

}  // namespace laterbase::http
