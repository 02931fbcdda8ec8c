#include "sync/conversation.h"

#include <fmt/format.h>

#include <future>
#include <optional>
#include <stdexcept>

#include "engine/base/log.h"
#include "sync/binary_codec.h"
#include "sync/describe.h"
#include "sync/json_codec.h"

namespace laterbase::sync {
namespace {

constexpr std::string_view json_type = "application/json";
// A peer that lets a conversation go on for ever is not let.
constexpr std::uint64_t most_messages = 100'000;

class Conversation {
 public:
  Conversation(HttpPeer& peer, Replica& replica, PeerView& view, const ConversationOptions& options, Report& report)
      : peer_(peer),
        replica_(replica),
        options_(options),
        report_(report),
        exchange_(replica, view, options.exchange) {}

  Conversed run() {
    while (const auto message = exchange_.next()) {
      if (auto passed = pass(*message); !passed) return passed.error();
      take_stock();
      options_.progress(report_);
      if (report_.round_trips > most_messages) return Trouble{Trouble::Where::peer, "it never comes to an end"};
    }
    take_stock();
    log::debug("sync ends", {{"db", replica_.name()},
                             {"peer", who()},
                             {"how", name_of(report_.mode)},
                             {"sent", report_.sent},
                             {"received", report_.received},
                             {"round_trips", report_.round_trips},
                             {"equal", report_.equal}});
    return boost::system::in_place_value;
  }

 private:
  struct Ahead {
    Message asked;
    std::future<Result<HttpAnswer>> answer;  // waited for where it is let go
  };

  Conversed pass(const Message& message) {
    const auto answered = answer_to(message);
    if (!answered) return Trouble{Trouble::Where::network, answered.error().detail};
    if (!answered->good())
      return Trouble{Trouble::Where::peer, refusal_of(*answered), answered->status, answered->retry_after_ms};
    report_.bytes_in += answered->body.size();
    return take(message, answered->body);
  }

  Conversed take(const Message& asked, const std::string& body) {
    const std::vector<Ulid> ids = asked.ids.value_or(std::vector<Ulid>{});
    const Result<Message> answer = options_.json ? decode_json(body) : decode_binary(body, {}, ids);
    if (!answer) return Trouble{Trouble::Where::peer, "it answered nonsense: " + answer.error().detail};
    log::debug("sync is answered",
               {{"db", replica_.name()}, {"peer", who()}, {"bytes", body.size()}, {"says", describe(*answer)}});
    ask_ahead(*answer);
    if (const auto taken = exchange_.take(*answer); !taken) return trouble_of(taken.error());
    return boost::system::in_place_value;
  }

  HttpCall call_of(const Message& message) {
    HttpCall call{"POST", "/db/" + replica_.name() + "/sync", type(), type(),
                  options_.json ? encode_json(message) : encode_binary(message)};
    report_.bytes_out += call.body.size();
    log::debug("sync asks",
               {{"db", replica_.name()}, {"peer", who()}, {"bytes", call.body.size()}, {"says", describe(message)}});
    return call;
  }

  // The answer to the message, which may have been asked for ahead.
  Result<HttpAnswer> answer_to(const Message& message) {
    if (!ahead_) return peer_.send(call_of(message));
    Ahead ahead = std::move(*ahead_);
    ahead_.reset();
    Result<HttpAnswer> answered = ahead.answer.get();
    if (Exchange::is_answered_by(message, ahead.asked)) return answered;
    asks_ahead_ = false;  // what this node says changes while it takes: more would be fetched twice
    if (answered) report_.bytes_in += answered->body.size();
    return peer_.send(call_of(message));
  }

  // The peer reads the next part of its log while this one is written here.
  void ask_ahead(const Message& answer) {
    const auto next = asks_ahead_ ? exchange_.foresee(answer) : std::nullopt;
    if (!next) return;
    auto send = [this, call = call_of(*next)] { return peer_.send(call); };
    ahead_ = Ahead{*next, std::async(std::launch::async, std::move(send))};
  }

  // What the peer said may make no sense, or this node may have no room for it now.
  static Trouble trouble_of(const Error& error) {
    const bool is_ours = error.code == ErrorCode::unavailable;
    return {is_ours ? Trouble::Where::here : Trouble::Where::peer, error.detail};
  }

  void take_stock() {
    const Outcome outcome = exchange_.outcome();
    report_.sent = outcome.sent;
    report_.received = outcome.received;
    report_.round_trips = outcome.messages;
    report_.mode = outcome.mode;
    report_.equal = outcome.equal;
  }

  const std::string& who() const { return options_.exchange.peer.empty() ? options_.url : options_.exchange.peer; }
  std::string_view type() const { return options_.json ? json_type : binary_type; }

  HttpPeer& peer_;
  Replica& replica_;
  const ConversationOptions& options_;
  Report& report_;
  Exchange exchange_;
  bool asks_ahead_ = true;
  std::optional<Ahead> ahead_;
};

}  // namespace

void Report::add(const Report& later) {
  sent += later.sent;
  received += later.received;
  round_trips += later.round_trips;
  bytes_out += later.bytes_out;
  bytes_in += later.bytes_in;
  if (mode == Mode::cursor || mode == Mode::equal) mode = later.mode;
  equal = later.equal;
}

Conversed converse(HttpPeer& peer, Replica& replica, PeerView& view, const ConversationOptions& options,
                   Report& report) {
  report = {};
  try {
    return Conversation(peer, replica, view, options, report).run();
  } catch (const Failure& failure) {
    return Trouble{Trouble::Where::here, failure.what()};
  }
}

void throw_exception_from_error(const Trouble& trouble, const boost::source_location&) {
  throw std::logic_error("a conversation's trouble was not looked at: " + trouble.words);
}

}  // namespace laterbase::sync
