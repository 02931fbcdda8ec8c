#include "client/http.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <chrono>
#include <optional>

namespace laterbase::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::buffer_body>;
using Message = http::request<http::string_body>;

constexpr std::size_t largest_collected_bytes = 64 << 20;
constexpr std::uint32_t largest_header_bytes = 64 << 10;
constexpr std::size_t chunk_bytes = 64 << 10;

std::string words(const error_code& error) {
  if (error == asio::error::connection_refused) return "nobody listens there (laterbase serve starts a node)";
  if (error == beast::error::timeout) return "it did not answer in time";
  if (error == http::error::end_of_stream || error == http::error::partial_message)
    return "it closed the connection before its answer was complete";
  const bool of_tls = error.category() == asio::error::get_ssl_category();
  if (of_tls && ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED)
    return "its certificate is not one to trust (--ca FILE names those that are)";
  return error.message();
}

Message message_of(const Request& request, const ConnectionOptions& options) {
  Message message;
  message.method_string(request.method);
  message.target(request.target);
  message.version(11);
  message.set(http::field::host, fmt::format("{}:{}", options.endpoint.host, options.endpoint.port));
  message.set(http::field::user_agent, "laterbase");
  if (!options.token.empty()) message.set(http::field::authorization, "Bearer " + options.token);
  for (const auto& [name, value] : request.fields) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

asio::ssl::context tls_context(const ConnectionOptions& options) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (!options.verify) return context;
  error_code error;
  if (options.ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(options.ca_file, error);
  }
  if (error) throw Unreachable(fmt::format("the certificates in {} cannot be read", options.ca_file));
  context.set_verify_mode(asio::ssl::verify_peer);
  return context;
}

}  // namespace

// A connection with its stream's type left out.
class Connection::Wire {
 public:
  virtual ~Wire() = default;
  virtual void open(const ConnectionOptions& options) = 0;
  virtual error_code write(Message& message) = 0;
  virtual void read_header(Parser& parser) = 0;
  virtual void read_some(Parser& parser) = 0;
};

// Each operation is started, and the context run until it is over or its time is: Beast has no timeouts for
// operations that block.
template <typename Stream>
class Connection::StreamWire final : public Connection::Wire {
 public:
  template <typename... More>
  StreamWire(asio::io_context& context, std::int64_t silence_ms, More&... more)
      : context_(context), stream_(context, more...), silence_(silence_ms) {
    buffer_.reserve(chunk_bytes);  // Beast reads as much as there is room for, else 512 bytes
  }

  void open(const ConnectionOptions& options) override {
    error_code error;
    asio::ip::tcp::resolver resolver(context_);
    const auto addresses = resolver.resolve(options.endpoint.host, options.endpoint.port, error);
    if (error) throw Unreachable(words(error));
    const std::chrono::milliseconds time(options.connect_ms);
    check(wait(time, [&](auto done) { lowest().async_connect(addresses, done); }));
    lowest().socket().set_option(asio::ip::tcp::no_delay(true), error);
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) shake_hands(options, time);
  }

  error_code write(Message& message) override {
    return wait(silence_, [&](auto done) { http::async_write(stream_, message, done); });
  }

  void read_header(Parser& parser) override {
    check(wait(silence_, [&](auto done) { http::async_read_header(stream_, buffer_, parser, done); }));
  }

  void read_some(Parser& parser) override {
    const auto error = wait(silence_, [&](auto done) { http::async_read_some(stream_, buffer_, parser, done); });
    if (error != http::error::need_buffer) check(error);
  }

 private:
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void shake_hands(const ConnectionOptions& options, std::chrono::milliseconds time) {
    const std::string& host = options.endpoint.host;
    error_code is_name;
    asio::ip::make_address(host, is_name);  // server name indication is for names only
    if (is_name) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    if (options.verify) stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    check(wait(time, [&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); }));
  }

  template <typename Start>
  error_code wait(std::chrono::milliseconds time, Start start) {
    error_code outcome;
    lowest().expires_after(time);
    start([&](error_code error, auto&&...) { outcome = error; });
    context_.restart();
    context_.run();
    return outcome;
  }

  static void check(const error_code& error) {
    if (error) throw Unreachable(words(error));
  }

  asio::io_context& context_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::chrono::milliseconds silence_;
};

struct Connection::State {
  explicit State(ConnectionOptions given) : options(std::move(given)) {}

  ConnectionOptions options;
  asio::io_context context;
  std::optional<asio::ssl::context> tls;
  std::unique_ptr<Wire> wire;

  void connect() {
    if (wire) return;
    if (options.endpoint.tls && !tls) tls.emplace(tls_context(options));
    std::unique_ptr<Wire> fresh;
    if (options.endpoint.tls) {
      fresh = std::make_unique<StreamWire<beast::ssl_stream<beast::tcp_stream>>>(context, options.silence_ms, *tls);
    } else {
      fresh = std::make_unique<StreamWire<beast::tcp_stream>>(context, options.silence_ms);
    }
    fresh->open(options);
    wire = std::move(fresh);
  }

  Answer exchange(const Request& request, const Sink& sink) {
    connect();
    auto message = message_of(request, options);
    const error_code written = wire->write(message);
    Parser parser;
    parser.header_limit(largest_header_bytes);
    parser.body_limit(boost::none);
    read_header(parser, written);
    Answer answer{parser.get().result_int(), {}, {}};
    for (const auto& field : parser.get()) answer.fields.emplace_back(field.name_string(), field.value());
    const bool whole = read_body(parser, answer, sink);
    if (!whole || written || !parser.get().keep_alive()) wire.reset();
    return answer;
  }

  // A node that refuses an upload answers before it has taken all of it: what it says counts more than that the writing
  // failed.
  void read_header(Parser& parser, const error_code& written) {
    try {
      wire->read_header(parser);
    } catch (const Unreachable&) {
      if (written) throw Unreachable(words(written));
      throw;
    }
  }

  // False where the sink has had enough.
  bool read_body(Parser& parser, Answer& answer, const Sink& sink) {
    std::string chunk(chunk_bytes, '\0');
    while (!parser.is_done()) {
      parser.get().body().data = chunk.data();
      parser.get().body().size = chunk.size();
      wire->read_some(parser);
      const std::string_view bytes(chunk.data(), chunk.size() - parser.get().body().size);
      if (bytes.empty()) continue;
      if (sink && answer.good()) {
        if (!sink(bytes)) return false;
      } else if (answer.body.append(bytes).size() > largest_collected_bytes) {
        throw Unreachable("its answer is longer than 64 MiB");
      }
    }
    return true;
  }
};

Connection::Connection(ConnectionOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;

const ConnectionOptions& Connection::options() const { return state_->options; }

Answer Connection::send(const Request& request, const Sink& sink) {
  try {
    return state_->exchange(request, sink);
  } catch (const Unreachable& trouble) {
    state_->wire.reset();
    throw Unreachable(fmt::format("{} cannot be reached: {}", state_->options.endpoint.url(), trouble.what()));
  } catch (...) {
    state_->wire.reset();
    throw;
  }
}

std::string_view Answer::field(std::string_view name) const {
  for (const auto& [own, value] : fields) {
    if (beast::iequals(own, name)) return value;
  }
  return {};
}

std::string Endpoint::url() const { return fmt::format("{}://{}:{}", tls ? "https" : "http", host, port); }

Result<Endpoint> parse_endpoint(const std::string& url) {
  const Error wrong{ErrorCode::invalid, fmt::format("'{}' is not the address of a node; write http://HOST:PORT", url)};
  const auto parsed = boost::urls::parse_uri(url);
  if (parsed.has_error()) return wrong;
  const boost::urls::url_view view = parsed.value();
  const bool tls = view.scheme() == "https";
  const std::string_view path = view.encoded_path();
  if ((!tls && view.scheme() != "http") || view.host().empty() || (path != "" && path != "/") || view.has_query())
    return wrong;
  const std::string port = view.has_port() ? std::string(view.port()) : tls ? "443" : "80";
  return Endpoint{tls, view.host_address(), port};
}

}  // namespace laterbase::client
