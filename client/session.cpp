#include "client/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

namespace laterbase::client {
namespace {

constexpr std::size_t longest_document = 64 << 10;  // of a problem; what is longer is not worth parsing
constexpr std::int64_t longest_retry_after_s = 60;

std::string text_member(const nlohmann::json& document, const char* name) {
  const auto member = document.find(name);
  return member != document.end() && member->is_string() ? member->get<std::string>() : std::string();
}

std::string without_problem(unsigned status, std::string_view document) {
  const auto line = document.substr(0, std::min(document.find_first_of("\r\n"), std::size_t{200}));
  return line.empty() ? fmt::format("it answered with status {}", status)
                      : fmt::format("it answered with status {}: {}", status, line);
}

std::string hint(unsigned status) { return status == 401 ? " (give a token with --token or LATERBASE_TOKEN)" : ""; }

}  // namespace

Problem problem_of(unsigned status, std::string_view document) {
  Problem problem{status, without_problem(status, document), 0};
  if (document.size() > longest_document) return problem;
  const auto json = nlohmann::json::parse(document, nullptr, false);
  if (!json.is_object()) return problem;
  if (const auto own = json.find("status"); own != json.end() && own->is_number_unsigned()) problem.status = *own;
  for (const auto* name : {"line", "element"})
    if (const auto place = json.find(name); place != json.end() && place->is_number_unsigned()) problem.line = *place;
  const std::string title = text_member(json, "title"), detail = text_member(json, "detail");
  if (!title.empty() || !detail.empty()) problem.detail = detail.empty() ? title : detail;
  problem.detail += hint(problem.status);
  return problem;
}

Problem problem_of(const Answer& answer) { return problem_of(answer.status, answer.body); }

bool is_busy(unsigned status) { return status == 503 || status == 429; }

std::int64_t retry_after_ms(const Answer& answer) {
  const std::string_view field = answer.field("Retry-After");
  std::int64_t seconds = 0;
  std::from_chars(field.data(), field.data() + field.size(), seconds);
  return std::clamp<std::int64_t>(seconds, 0, longest_retry_after_s) * 1000;
}

bool Backoff::pause(std::int64_t at_least_ms) {
  const std::int64_t pause_ms = std::max(at_least_ms, next_ms_);
  if (used_ms_ + pause_ms > policy_.total_ms) return false;
  used_ms_ += pause_ms;
  next_ms_ = std::min(next_ms_ * 2, policy_.longest_ms);
  std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  return true;
}

void Backoff::reset() {
  next_ms_ = policy_.first_ms;
  used_ms_ = 0;
}

Answer Session::once(const Request& request, const Sink& sink) {
  Answer answer = connection_.send(request, sink);
  reached_ = true;
  return answer;
}

Answer Session::call(const Request& request, const Sink& sink) {
  Backoff backoff(retry_);
  bool begun = false;
  const Sink watched = [&](std::string_view bytes) { return begun = true, sink(bytes); };
  for (;;) {
    try {
      Answer answer = once(request, sink ? watched : sink);
      if (answer.good()) return answer;
      Problem problem = problem_of(answer);
      if (!is_busy(answer.status)) throw Refused(std::move(problem));
      notice(fmt::format("{}; trying again", problem.detail));
      if (!backoff.pause(retry_after_ms(answer))) throw Refused(std::move(problem));
    } catch (const Unreachable& trouble) {
      if (!reached_ || begun) throw;
      notice(fmt::format("{}; trying again", trouble.what()));
      if (!backoff.pause()) throw;
    }
  }
}

}  // namespace laterbase::client
