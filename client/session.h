#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "client/http.h"

// Requests that survive a busy node and a broken connection.
namespace laterbase::client {

// How long to go on asking, in milliseconds: pauses double from the first to the longest.
struct RetryPolicy {
  std::int64_t first_ms = 100;
  std::int64_t longest_ms = 5'000;
  std::int64_t total_ms = 60'000;
};

// What the node said in its refusal: RFC 9457, or whatever else it sent.
struct Problem {
  unsigned status = 0;
  std::string detail;      // one sentence
  std::uint64_t line = 0;  // or element of the batch that was sent, from 1; 0 is none
};

Problem problem_of(const Answer& answer);
Problem problem_of(unsigned status, std::string_view document);

// The node said no.
class Refused : public std::runtime_error {
 public:
  explicit Refused(Problem problem) : std::runtime_error(problem.detail), problem_(std::move(problem)) {}
  const Problem& problem() const noexcept { return problem_; }

 private:
  Problem problem_;
};

// Pauses between tries: each twice the one before, until the total is used up.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy) : policy_(policy), next_ms_(policy.first_ms) {}

  // Sleeps, at least as long as asked for. False, at once, where the total would be exceeded.
  bool pause(std::int64_t at_least_ms = 0);
  void reset();  // something worked

 private:
  RetryPolicy policy_;
  std::int64_t next_ms_;
  std::int64_t used_ms_ = 0;
};

// Threads: one at a time. Errors: Refused; Unreachable once retrying has taken its time, or at once where the node was
// never reached.
class Session {
 public:
  using Notice = std::function<void(const std::string&)>;  // told before each pause, in words

  Session(ConnectionOptions options, RetryPolicy retry, Notice notice)
      : connection_(std::move(options)), retry_(retry), notice_(std::move(notice)) {}

  // Sends again after 429, 503 and broken connections: only for requests that may be sent twice, which all are that
  // carry their own keys. With a sink, it is not sent again once the sink has had bytes.
  Answer call(const Request& request, const Sink& sink = {});

  // Once, whatever comes. Answers of all kinds are returned.
  Answer once(const Request& request, const Sink& sink = {});

  const RetryPolicy& retry() const { return retry_; }
  void notice(const std::string& words) const { notice_(words); }

 private:
  Connection connection_;
  RetryPolicy retry_;
  Notice notice_;
  bool reached_ = false;
};

// Whether a refusal is about now and not about the request: 429 and 503.
bool is_busy(unsigned status);
// What Retry-After asks for, or 0.
std::int64_t retry_after_ms(const Answer& answer);

}  // namespace laterbase::client
