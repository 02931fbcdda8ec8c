#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <charconv>

#include "server/http/connection.h"
#include "server/http/problem.h"

// The half of a connection that sends.
namespace laterbase::http {
namespace {

constexpr std::int64_t heartbeat_ms = 10'000;
constexpr std::size_t copied_body_bytes = 4 * 1024;  // below, one buffer is cheaper than two
constexpr std::string_view part_frame = "00000000\r\n";
constexpr int live_send_bytes = 100 * 1024;   // what the kernel may hold for a subscriber …
constexpr int final_send_bytes = 212 * 1024;  // … and with room for its last words

bool compressible(std::string_view type) noexcept {
  return type.starts_with("application/json") || type.starts_with("application/problem") ||
         type.starts_with("application/x-ndjson") || type.starts_with("text/") || type == "application/octet-stream" ||
         type.starts_with("application/openmetrics");
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

Coding Connection::choose_coding(std::size_t size) const {
  const Reply& reply = exchange_.reply;
  if (size < limits_.compress_min_bytes || reply.live != nullptr || !compressible(reply.content_type))
    return Coding::identity;
  return best_coding(exchange_.head.accept_encoding);
}

void Connection::append_head(std::optional<std::size_t> length, Coding coding) {
  const Reply& reply = exchange_.reply;
  std::string& out = out_;
  out.clear();
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(reply.status));
  out.append(" ").append(reason_phrase(reply.status));
  out.append("\r\nServer: laterbase\r\nDate: ").append(thread_.date());
  if (!reply.content_type.empty()) out.append("\r\nContent-Type: ").append(reply.content_type);
  if (length) {
    out += "\r\nContent-Length: ";
    append_number(out, *length);
  } else if (chunked_) {
    out += "\r\nTransfer-Encoding: chunked";
  }
  if (coding != Coding::identity) out.append("\r\nContent-Encoding: ").append(coding_name(coding));
  if (!reply.etag.empty()) {
    out.append("\r\nETag: \"").append(reply.etag);
    if (coding != Coding::identity) out.append("-").append(coding_name(coding));
    out += '"';
  }
  if (compressible(reply.content_type) && reply.live == nullptr)
    out += reply.vary_on_accept ? "\r\nVary: Accept, Accept-Encoding" : "\r\nVary: Accept-Encoding";
  else if (reply.vary_on_accept)
    out += "\r\nVary: Accept";
  out.append("\r\nX-Request-Id: ").append(exchange_.request_id).append("\r\n").append(reply.headers);
  if (!keep_alive_)
    out += "Connection: close\r\n";
  else if (exchange_.head.http_1_0)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

Awaitable<bool> Connection::send() {
  Reply& reply = exchange_.reply;
  application_.decorate(exchange_);
  keep_alive_ = exchange_.head.keep_alive && !reply.close && !thread_.draining();
  auto step = Source::Step::end;
  if (reply.source) {
    // The first part before the head: what fails here is still answered with its own status.
    bool failed = false;
    step = fill(reply.body, failed);
    if (failed) step = Source::Step::end;
    if (step == Source::Step::end && (failed || reply.live == nullptr)) reply.source.reset();
  }
  if (!reply.source) co_return co_await send_whole();
  co_return co_await send_parts(step);
}

Awaitable<bool> Connection::send_whole() {
  Reply& reply = exchange_.reply;
  Coding coding = choose_coding(reply.body.size());
  if (coding != Coding::identity) {
    std::string encoded;
    make_encoder(coding)->encode(reply.body, true, encoded);
    reply.body = std::move(encoded);
  }
  const bool bodiless = reply.status == 204 || reply.status == 304;
  append_head(bodiless ? std::nullopt : std::optional(reply.body.size()), coding);
  if (bodiless || exchange_.head.method == Method::head) co_return co_await write(out_, {});
  if (reply.body.size() > copied_body_bytes) co_return co_await write(out_, reply.body);
  out_ += reply.body;
  co_return co_await write(out_, {});
}

void Connection::begin_part() {
  part_at_ = out_.size();
  if (chunked_) out_ += part_frame;
}

// Fills in the size of the chunk that has been made, or takes back an empty one: it would end the body.
void Connection::end_part() {
  if (!chunked_) return;
  const std::size_t size = out_.size() - part_at_ - part_frame.size();
  if (size == 0) {
    out_.resize(part_at_);
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < 8; ++i) out_[part_at_ + i] = digits[(size >> (28 - 4 * i)) & 15];
  out_ += "\r\n";
}

Source::Step Connection::fill(std::string& out, bool& failed) noexcept {
  try {
    return exchange_.reply.source->fill(out);
  } catch (...) {
    failed = true;
    application_.failed(exchange_);
    return Source::Step::end;
  }
}

// Makes the next chunk in out_.
Awaitable<Source::Step> Connection::next_part(Source::Step step, Encoder* encoder, bool& failed) {
  LiveSource* live = exchange_.reply.live;
  bool going_on = true;
  if (step == Source::Step::wait) going_on = co_await wait_for_more(*exchange_.reply.waiting);
  begin_part();
  if (!going_on && live != nullptr) {
    live->farewell(LiveSource::Why::draining, out_);
    step = Source::Step::end;
  } else if (encoder == nullptr) {
    step = fill(out_, failed);
    if (!failed && live != nullptr && step == Source::Step::wait && out_.size() <= part_at_ + part_frame.size())
      live->heartbeat(out_);
    if (failed && live != nullptr) live->farewell(LiveSource::Why::failed, out_);
  } else {
    exchange_.reply.body.clear();
    step = fill(exchange_.reply.body, failed);
    encoder->encode(exchange_.reply.body, step == Source::Step::end, out_);
  }
  end_part();
  co_return step;
}

Awaitable<bool> Connection::send_parts(Source::Step step) {
  Reply& reply = exchange_.reply;
  LiveSource* live = reply.live;
  chunked_ = !exchange_.head.http_1_0;
  if (!chunked_ || live != nullptr) keep_alive_ = false;
  const Coding coding = choose_coding(Source::part_bytes);
  append_head(std::nullopt, coding);
  if (exchange_.head.method == Method::head) co_return co_await write(out_, {});
  std::unique_ptr<Encoder> encoder;
  if (coding != Coding::identity) encoder = make_encoder(coding);
  if (live != nullptr) {
    ErrorCodeOfSystem ignored;
    const auto allowed = static_cast<int>(std::min<std::uint64_t>(limits_.unsent_bytes, live_send_bytes));
    stream_->socket().set_option(boost::asio::socket_base::send_buffer_size(allowed), ignored);
  }
  if (reply.waiting != nullptr) reply.waiting->attach(wakeup_);
  begin_part();
  if (encoder)
    encoder->encode(reply.body, false, out_);
  else
    out_ += reply.body;
  end_part();

  bool failed = false, sent = true;
  for (;;) {
    if (step == Source::Step::end && chunked_ && (!failed || live != nullptr)) out_ += "0\r\n\r\n";
    sent = co_await write(out_, {});
    if (!sent || step == Source::Step::end) break;
    out_.clear();
    co_await boost::asio::post(thread_.executor(), use_awaitable);  // the others' turn, however fast this client is
    step = co_await next_part(step, encoder.get(), failed);
  }
  if (!sent && live != nullptr && expired_) farewell(*live, std::string_view(out_).substr(out_.size() - unwritten_));
  if (reply.waiting != nullptr) reply.waiting->detach();
  if (out_.capacity() > 2 * Source::part_bytes) std::string{}.swap(out_);
  co_return sent && !failed;
}

// False where the node is going down.
Awaitable<bool> Connection::wait_for_more(WaitingSource& source) {
  wakeup_.arm();
  const bool there = source.ready() || thread_.draining();
  if (!there || !wakeup_.disarm()) co_await exchange_.wait_until(thread_.now_ms() + heartbeat_ms);
  co_return !thread_.draining();
}

// The client takes nothing: the kernel is given a little more room than it had for this connection, just enough to
// finish the part that is under way and to say where to go on. Whoever reads again later finds it there.
void Connection::farewell(LiveSource& live, std::string_view unsent) {
  std::string last(unsent);
  out_.swap(last);
  begin_part();
  live.farewell(LiveSource::Why::too_slow, out_);
  end_part();
  if (chunked_) out_ += "0\r\n\r\n";
  ErrorCodeOfSystem error;
  stream_->socket().set_option(boost::asio::socket_base::send_buffer_size(final_send_bytes), error);
  exchange_.bytes_out += stream_->try_write(out_, {}, error);
}

Awaitable<bool> Connection::write(std::string_view first, std::string_view second) {
  ErrorCodeOfSystem error;
  std::size_t written = stream_->try_write(first, second, error);
  exchange_.bytes_out += first.size() + second.size();
  const std::size_t total = first.size() + second.size();
  while (!error && written < total) {
    const std::string_view rest =
        written < first.size() ? first.substr(written) : second.substr(written - first.size());
    set_deadline(limits_.write_timeout_ms);
    written += co_await stream_->write_some(rest, error);
    if (expired_) break;
  }
  unwritten_ = total - written;
  if (error || unwritten_ > 0) co_return false;
  set_deadline(never);
  co_return true;
}

}  // namespace laterbase::http
