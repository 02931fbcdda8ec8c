#include "server/api/answers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "engine/base/rfc3339.h"
#include "server/api/event_text.h"

namespace laterbase::api {
namespace {

std::optional<std::int64_t> parse_in_query(std::string text) {
  // A plus that was not percent-encoded has come as a blank.
  constexpr std::size_t offset_letters = 6;
  if (text.size() > offset_letters && text[text.size() - offset_letters] == ' ')
    text[text.size() - offset_letters] = '+';
  return parse_rfc3339(text);
}

}  // namespace

std::shared_ptr<Root> find_root(Services& services, Exchange& exchange) {
  auto root = services.roots.find(exchange.path_param(0));
  if (root) return std::move(*root);
  set_no_root(exchange, root.error());
  return nullptr;
}

void set_no_root(Exchange& exchange, const Error& error) {
  const std::string_view name = exchange.path_param(0);
  if (error.code == ErrorCode::not_found)
    http::set_problem(
        exchange.reply, problems::not_found,
        fmt::format("There is no database {:?}; PUT /db/{} makes one.", name, valid_root_name(name) ? name : "NAME"),
        {{"database", name}});
  else
    set_error(exchange.reply, error);
}

bool has_role(Services& services, const Exchange& exchange, http::Role role) {
  const auto& tokens = services.live().tokens;
  if (tokens.empty()) return true;
  const Token* token = find_token(tokens, exchange.head.authorization);
  return token != nullptr && token->allows(role, exchange.path_param(0));
}

void set_clock(Reply& reply, const Ulid& epoch, Lc lc) {
  reply.headers += "Laterbase-Clock: ";
  append_ulid(reply.headers, epoch);
  reply.headers += ':';
  append_number(reply.headers, lc);
  reply.headers += "\r\n";
}

const http::Problem& problem_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return problems::bad_request;
    case ErrorCode::not_found:
      return problems::not_found;
    case ErrorCode::conflict:
      return problems::conflict;
    case ErrorCode::too_large:
      return problems::too_large;
    case ErrorCode::unavailable:
      return problems::unavailable;
    case ErrorCode::gone:
      return problems::gone;
  }
  return problems::internal;
}

const http::Problem& problem_of(FailureCode code) {
  switch (code) {
    case FailureCode::disk_full:
    case FailureCode::read_only:
      return problems::storage_full;
    case FailureCode::closed:
      return problems::unavailable;
    case FailureCode::damaged:
      return problems::damaged;
    case FailureCode::io:
      return problems::internal;
  }
  return problems::internal;
}

void set_error(Reply& reply, const Error& error) { http::set_problem(reply, problem_of(error.code), error.detail); }

void set_failure(Reply& reply, FailureCode code, std::string_view what, std::string_view request_id) {
  http::set_problem(reply, problem_of(code), what, {{"request_id", request_id}});
}

std::optional<std::size_t> negotiate(Exchange& exchange, std::span<const std::string_view> offers) {
  exchange.reply.vary_on_accept = offers.size() > 1;
  const auto best = http::best_type(exchange.head.accept, offers);
  if (best) return best;
  std::string list;
  for (const std::string_view offer : offers) list.append(list.empty() ? "" : ", ").append(offer);
  http::set_problem(exchange.reply, problems::not_acceptable, fmt::format("This can be had as {}.", list));
  return std::nullopt;
}

bool none_match_hits(std::string_view if_none_match, std::string_view etag) noexcept {
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    std::string_view tag = http::trimmed(if_none_match.substr(0, comma));
    if_none_match.remove_prefix(comma == std::string_view::npos ? if_none_match.size() : comma + 1);
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') continue;
    tag = tag.substr(1, tag.size() - 2);
    if (tag.starts_with(etag) && (tag.size() == etag.size() || tag[etag.size()] == '-')) return true;
  }
  return false;
}

std::string_view Parameters::text(std::string_view name) const noexcept {
  const std::string* value = exchange_.query_param(name);
  return value == nullptr ? std::string_view{} : *value;
}

void Parameters::wrong(std::string_view name, std::string_view sentence) {
  if (failed_) return;
  failed_ = true;
  http::set_problem(exchange_.reply, problems::bad_parameter, sentence, {{"parameter", name}, {"value", text(name)}});
}

std::uint64_t Parameters::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                 std::uint64_t most) {
  const std::string* value = exchange_.query_param(name);
  if (value == nullptr) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc{} || end != value->data() + value->size() || number < least || number > most)
    wrong(name, least == 0 ? fmt::format("{}= is a position: a whole number from 0.", name)
                           : fmt::format("{}= is a whole number from {}.", name, least));
  return number;
}

std::int64_t Parameters::seconds(std::string_view name, double most) {
  const std::string* value = exchange_.query_param(name);
  if (value == nullptr) return 0;
  double seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (error != std::errc{} || end != value->data() + value->size() || !std::isfinite(seconds) || seconds < 0 ||
      seconds > most) {
    wrong(name, fmt::format("{}= is a number of seconds from 0 to {}.", name, most));
    return 0;
  }
  return std::llround(seconds * 1000);
}

std::optional<Ulid> Parameters::ulid(std::string_view name) {
  const std::string* value = exchange_.query_param(name);
  if (value == nullptr) return std::nullopt;
  const auto ulid = Ulid::parse(*value);
  if (!ulid) wrong(name, fmt::format("{}= is a ULID: 26 letters and digits like 01ARZ3NDEKTSV4RRFFQ69G5FAV.", name));
  return ulid;
}

std::optional<std::int64_t> Parameters::time(std::string_view name) {
  const std::string* value = exchange_.query_param(name);
  if (value == nullptr) return std::nullopt;
  const auto ms = parse_in_query(*value);
  if (!ms) wrong(name, fmt::format("{}= is a time like 2016-07-30T23:54:10.259Z.", name));
  return ms;
}

std::optional<Ulid> Parameters::moment(std::string_view name, Edge edge) {
  const std::string* value = exchange_.query_param(name);
  if (value == nullptr) return std::nullopt;
  if (const auto ulid = Ulid::parse(*value)) return ulid;
  const auto ms = parse_in_query(*value);
  if (!ms) {
    wrong(name, fmt::format("{}= is a time like 2016-07-30T23:54:10.259Z or a ULID.", name));
    return std::nullopt;
  }
  if (*ms < 0) return Ulid{};
  return edge == Edge::first ? Ulid::first_of(*ms) : Ulid::last_of(*ms);
}

std::size_t Parameters::word(std::string_view name, std::span<const std::string_view> words) {
  const std::string* value = exchange_.query_param(name);
  if (value == nullptr) return 0;
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == *value) return i;
    list.append(list.empty() ? "" : " or ").append(words[i]);
  }
  wrong(name, fmt::format("{}= is {}.", name, list));
  return 0;
}

}  // namespace laterbase::api
