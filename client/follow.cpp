#include "client/follow.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "client/sse.h"

namespace laterbase::client {
namespace {

class Follower {
 public:
  Follower(Session& session, const Console& console, const FeedOptions& options)
      : session_(session), console_(console), options_(options), left_(options.limit) {}

  void run() {
    start_at_end();
    Backoff backoff(session_.retry());
    while (!done()) {
      heard_ = false;
      std::int64_t pause_ms = 0;
      const std::string why = listen(pause_ms);
      if (done()) return;
      if (heard_) backoff.reset();
      session_.notice(why + "; connecting again");
      if (!backoff.pause(pause_ms)) throw Unreachable(why);
    }
  }

 private:
  bool done() const { return (left_ && *left_ == 0) || !console_.out.good(); }

  void start_at_end() {
    from_ = options_.from_lc;
    if (!options_.from_end) return;
    const Request request{"GET", "/db/" + options_.database, {{"Accept", "application/json"}}, {}};
    const auto info = nlohmann::json::parse(session_.call(request).body, nullptr, false);
    if (info.is_object() && info.contains("lc") && info["lc"].is_number_unsigned()) from_ = info["lc"];
  }

  Request request() const {
    Request request{"GET", fmt::format("/db/{}/e?lc={}", options_.database, from_), {}, {}};
    request.fields.emplace_back("Accept", "text/event-stream");
    if (!last_id_.empty()) request.fields.emplace_back("Last-Event-ID", last_id_);
    return request;
  }

  // One connection, until it ends; says why it did.
  std::string listen(std::int64_t& pause_ms) {
    SseParser parser;
    const Sink sink = [&](std::string_view bytes) {
      heard_ = true;
      parser.feed(bytes);
      while (auto message = parser.next()) {
        take(*message);
        if (done()) return false;
      }
      console_.out.flush();
      return true;
    };
    try {
      const Answer answer = session_.once(request(), sink);
      if (answer.good()) return farewell_.empty() ? "the node ended the stream" : std::exchange(farewell_, {});
      refuse(problem_of(answer));
      pause_ms = retry_after_ms(answer);
      return problem_of(answer).detail;
    } catch (const Unreachable& trouble) {
      if (!ever_heard_ && !heard_) throw;
      return trouble.what();
    }
  }

  void take(const Message& message) {
    ever_heard_ = true;
    if (message.event == "error") {
      Problem problem = problem_of(0, message.data);
      farewell_ = problem.detail;
      return refuse(std::move(problem));
    }
    if (!message.id.empty()) last_id_ = message.id;
    print_event(console_, message.data);
    if (left_) --*left_;
  }

  // Ends for good, but not where it is the node's state of the moment or we were too slow: then the stream goes on
  // behind the last event.
  static void refuse(Problem problem) {
    const bool for_good =
        problem.status >= 400 && problem.status < 500 && problem.status != 408 && problem.status != 429;
    if (problem.status == 410) problem.detail += " (start again with --from-lc 0)";
    if (for_good) throw Refused(std::move(problem));
  }

  Session& session_;
  const Console& console_;
  const FeedOptions& options_;
  std::optional<std::uint64_t> left_;
  std::uint64_t from_ = 0;
  std::string last_id_;
  std::string farewell_;  // why the node is about to end the stream
  bool heard_ = false;    // on this connection
  bool ever_heard_ = false;
};

}  // namespace

void follow(Session& session, const Console& console, const FeedOptions& options) {
  Follower(session, console, options).run();
}

}  // namespace laterbase::client
