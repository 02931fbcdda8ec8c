#include "sync/http_peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

namespace laterbase::sync {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;
using Outgoing = http::request<http::string_body>;

constexpr std::uint32_t largest_header_bytes = 64 << 10;
constexpr std::size_t longest_problem = 64 << 10;
constexpr std::size_t read_at_once = 64 << 10;  // as much as Beast does
constexpr std::int64_t longest_retry_after_s = 300;

// No whole answer. Never leaves this file.
struct Broken {
  std::string words;
  bool stale = false;  // the other side had closed before it was asked
};

struct Endpoint {
  bool tls = false;
  std::string host, port;
};

std::optional<Endpoint> endpoint_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (parsed.has_error()) return std::nullopt;
  const boost::urls::url_view view = parsed.value();
  const bool tls = view.scheme() == "https";
  const std::string_view path = view.encoded_path();
  if ((!tls && view.scheme() != "http") || view.host().empty() || (path != "" && path != "/") || view.has_query())
    return std::nullopt;
  const std::string port = view.has_port() ? std::string(view.port()) : tls ? "443" : "80";
  return Endpoint{tls, view.host_address(), port};
}

bool is_closed(const error_code& error) {
  return error == http::error::end_of_stream || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

std::string words_of(const error_code& error) {
  if (error == asio::error::connection_refused) return "nobody listens there";
  if (error == beast::error::timeout) return "it did not answer in time";
  if (error == http::error::body_limit) return "its answer is longer than this node takes";
  if (is_closed(error) || error == http::error::partial_message)
    return "it closed the connection before its answer was complete";
  const bool of_tls = error.category() == asio::error::get_ssl_category();
  if (of_tls && ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED)
    return "its certificate is not one to trust (ca_file names those that are)";
  return error.message();
}

asio::ssl::context tls_context(const std::string& ca_file) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  error_code error;
  if (ca_file.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(ca_file, error);
  if (error) throw Broken{fmt::format("the certificates in {} cannot be read", ca_file)};
  context.set_verify_mode(asio::ssl::verify_peer);
  return context;
}

Outgoing outgoing(const HttpCall& call, const Endpoint& endpoint, const std::string& token) {
  Outgoing message;
  message.method_string(call.method);
  message.target(call.target);
  message.version(11);
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  message.set(http::field::host, fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), endpoint.host, endpoint.port));
  message.set(http::field::user_agent, "laterbase");
  if (!token.empty()) message.set(http::field::authorization, "Bearer " + token);
  if (!call.content_type.empty()) message.set(http::field::content_type, call.content_type);
  if (!call.accept.empty()) message.set(http::field::accept, call.accept);
  message.body() = call.body;
  message.prepare_payload();
  return message;
}

std::int64_t retry_after_ms(std::string_view field) {
  std::int64_t seconds = 0;
  std::from_chars(field.data(), field.data() + field.size(), seconds);
  return std::clamp<std::int64_t>(seconds, 0, longest_retry_after_s) * 1000;
}

}  // namespace

// A connection with its stream's type left out.
class HttpPeer::Wire {
 public:
  virtual ~Wire() = default;
  virtual void open(const Endpoint& endpoint, std::chrono::milliseconds time) = 0;
  virtual error_code write(Outgoing& message) = 0;
  virtual error_code read(Parser& parser) = 0;
};

struct HttpPeer::State {
  explicit State(HttpPeerOptions given) : options(std::move(given)), endpoint(endpoint_of(options.url)) {}

  HttpPeerOptions options;
  std::optional<Endpoint> endpoint;
  std::atomic<bool> cancelled{false};
  asio::io_context context{1};
  std::optional<asio::ssl::context> tls;
  std::unique_ptr<Wire> wire;

  void connect();
  HttpAnswer exchange(const HttpCall& call);

  // Runs what was started until it is over.
  void run() {
    context.restart();
    if (!cancelled.load()) context.run();
    if (cancelled.load()) throw Broken{"this node is going down, or the peer was taken away"};
  }
};

// Each operation is started, and the context run until it is over or its time is: Beast has no timeouts for operations
// that block.
template <typename Stream>
class HttpPeer::StreamWire final : public HttpPeer::Wire {
 public:
  template <typename... More>
  explicit StreamWire(State& state, More&... more)
      : state_(state), stream_(state.context, more...), silence_(state.options.silence_ms) {
    buffer_.reserve(read_at_once);  // Beast reads as much as there is room for, else 512 bytes
  }

  void open(const Endpoint& endpoint, std::chrono::milliseconds time) override {
    using Resolver = asio::ip::tcp::resolver;
    Resolver resolver(state_.context);
    Resolver::results_type addresses;
    error_code resolved;
    resolver.async_resolve(endpoint.host, endpoint.port, [&](error_code error, Resolver::results_type found) {
      resolved = error;
      addresses = std::move(found);
    });
    state_.run();
    check(resolved);
    check(wait(time, [&](auto done) { lowest().async_connect(addresses, done); }));
    error_code ignored;
    lowest().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) shake_hands(endpoint.host, time);
  }

  error_code write(Outgoing& message) override {
    return wait(silence_, [&](auto done) { http::async_write(stream_, message, done); });
  }

  // The time is for each part, not for all of a long answer.
  error_code read(Parser& parser) override {
    error_code error = wait(silence_, [&](auto done) { http::async_read_header(stream_, buffer_, parser, done); });
    while (!error && !parser.is_done())
      error = wait(silence_, [&](auto done) { http::async_read_some(stream_, buffer_, parser, done); });
    return error;
  }

 private:
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void shake_hands(const std::string& host, std::chrono::milliseconds time) {
    error_code no_address;
    asio::ip::make_address(host, no_address);  // server name indication is for names only
    if (no_address) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    check(wait(time, [&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); }));
  }

  template <typename Start>
  error_code wait(std::chrono::milliseconds time, Start start) {
    error_code outcome;
    lowest().expires_after(time);
    start([&outcome](error_code error, auto&&...) { outcome = error; });
    state_.run();
    return outcome;
  }

  static void check(const error_code& error) {
    if (error) throw Broken{words_of(error)};
  }

  State& state_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::chrono::milliseconds silence_;
};

void HttpPeer::State::connect() {
  if (wire) return;
  if (endpoint->tls && !tls) tls.emplace(tls_context(options.ca_file));
  std::unique_ptr<Wire> fresh;
  if (endpoint->tls)
    fresh = std::make_unique<StreamWire<beast::ssl_stream<beast::tcp_stream>>>(*this, *tls);
  else
    fresh = std::make_unique<StreamWire<beast::tcp_stream>>(*this);
  fresh->open(*endpoint, std::chrono::milliseconds(options.connect_ms));
  wire = std::move(fresh);
}

HttpAnswer HttpPeer::State::exchange(const HttpCall& call) {
  connect();
  Outgoing message = outgoing(call, *endpoint, options.token);
  const error_code written = wire->write(message);
  Parser parser;
  parser.header_limit(largest_header_bytes);
  parser.body_limit(options.max_answer_bytes);
  // Who refuses an upload answers before it has taken all of it: what it says counts more than that writing failed.
  const error_code error = written == beast::error::timeout ? written : wire->read(parser);
  if (error) throw Broken{words_of(written ? written : error), !parser.got_some() && is_closed(error)};
  auto& answer = parser.get();
  HttpAnswer taken;
  taken.status = answer.result_int();
  taken.content_type = std::string(answer[http::field::content_type]);
  taken.retry_after_ms = retry_after_ms(answer[http::field::retry_after]);
  if (written || !answer.keep_alive()) wire.reset();
  taken.body = std::move(answer.body());
  return taken;
}

HttpPeer::HttpPeer(HttpPeerOptions options) : state_(std::make_unique<State>(std::move(options))) {}
HttpPeer::~HttpPeer() = default;

Result<HttpAnswer> HttpPeer::send(const HttpCall& call) {
  if (!state_->endpoint)
    return Error{ErrorCode::invalid,
                 fmt::format("'{}' is not the address of a node; write http://HOST:PORT", state_->options.url)};
  for (;;) {
    const bool kept = state_->wire != nullptr;
    try {
      return state_->exchange(call);
    } catch (const Broken& broken) {
      state_->wire.reset();
      if (kept && broken.stale) continue;
      return Error{ErrorCode::unavailable, fmt::format("{} cannot be reached: {}", state_->options.url, broken.words)};
    }
  }
}

void HttpPeer::cancel() noexcept {
  state_->cancelled.store(true);
  state_->context.stop();
}

std::string refusal_of(const HttpAnswer& answer) {
  std::string words = fmt::format("it answered with status {}", answer.status);
  if (answer.body.size() > longest_problem) return words;
  const auto problem = nlohmann::json::parse(answer.body, nullptr, false);
  if (!problem.is_object()) return words;
  for (const char* name : {"detail", "title"}) {
    const auto member = problem.find(name);
    if (member != problem.end() && member->is_string() && !member->get_ref<const std::string&>().empty())
      return words + ": " + member->get<std::string>();
  }
  return words;
}

}  // namespace laterbase::sync
