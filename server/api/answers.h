#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/services.h"
#include "server/http/negotiate.h"
#include "server/http/problem.h"

// What handlers have in common: finding the database, reading parameters, and saying the engine's troubles in HTTP.
namespace laterbase::api {

using http::Exchange;
using http::Reply;
namespace problems = http::problems;

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view ndjson_type = "application/x-ndjson";
inline constexpr std::string_view treeql_type = "application/treeql";
inline constexpr std::string_view event_stream_type = "text/event-stream";

// The database of the path's first parameter; nullptr, with the problem set, where there is none.
std::shared_ptr<Root> find_root(Services& services, Exchange& exchange);
void set_no_root(Exchange& exchange, const Error& error);
// Whether the request comes from who has that role here, or no tokens are configured.
bool has_role(Services& services, const Exchange& exchange, http::Role role);

void set_clock(Reply& reply, const Ulid& epoch, Lc lc);
// What a trouble of the engine is called over HTTP.
const http::Problem& problem_of(ErrorCode code);
const http::Problem& problem_of(FailureCode code);
void set_error(Reply& reply, const Error& error);
void set_failure(Reply& reply, FailureCode code, std::string_view what, std::string_view request_id);

// The offer that Accept likes best; nothing, with 406 set, where it likes none.
std::optional<std::size_t> negotiate(Exchange& exchange, std::span<const std::string_view> offers);

// Whether If-None-Match has this entity tag, in whichever coding it was sent.
bool none_match_hits(std::string_view if_none_match, std::string_view etag) noexcept;

// Reads query parameters. After the first that is wrong, failed() is true and its problem set.
class Parameters {
 public:
  explicit Parameters(Exchange& exchange) : exchange_(exchange) {}

  bool has(std::string_view name) const noexcept { return exchange_.query_param(name) != nullptr; }
  std::string_view text(std::string_view name) const noexcept;
  std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
  // Seconds with decimals, as milliseconds.
  std::int64_t seconds(std::string_view name, double most);
  std::optional<Ulid> ulid(std::string_view name);
  // Milliseconds since 1970, also before.
  std::optional<std::int64_t> time(std::string_view name);
  // A time or a ULID: the first or the last key that it means.
  enum class Edge { first, last };
  std::optional<Ulid> moment(std::string_view name, Edge edge);
  // Index of the value among `words`; 0 where the parameter is not there.
  std::size_t word(std::string_view name, std::span<const std::string_view> words);

  void wrong(std::string_view name, std::string_view sentence);
  bool failed() const noexcept { return failed_; }

 private:
  Exchange& exchange_;
  bool failed_ = false;
};

}  // namespace laterbase::api
