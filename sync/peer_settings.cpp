#include "sync/peer_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "config/check.h"
#include "config/units.h"
#include "engine/base/json_text.h"
#include "engine/base/rfc3339.h"

namespace laterbase::sync {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_document = 64 << 10;
constexpr std::size_t most_databases = 1000;
// "-30d" moves in steps: cursors are kept for a window.
constexpr std::int64_t minute_ms = 60'000;

constexpr std::pair<std::string_view, config::Direction> directions[] = {
    {"both", config::Direction::both}, {"pull", config::Direction::pull}, {"push", config::Direction::push}};

Error wrong(std::string sentence) { return {ErrorCode::invalid, std::move(sentence)}; }

// One JSON object in which no member is there twice.
Result<Json> parse_object(std::string_view text) {
  if (text.size() > longest_document) return wrong("The document is longer than 64 KiB.");
  if (!is_json(text)) return wrong("The body is not JSON.");
  std::set<std::string> members;
  std::optional<std::string> twice;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::key && depth == 1 && !members.insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return true;
  };
  Json document = Json::parse(text, watch, false);
  if (!document.is_object()) return wrong("The body is not a JSON object, as in {\"url\":\"http://HOST:PORT\"}.");
  if (twice) return wrong(fmt::format("The member {:?} is there twice.", *twice));
  return Result<Json>(boost::system::in_place_value, std::move(document));
}

// Reads members into a peer; what is left over is unknown.
class Reader {
 public:
  Reader(const Json& document, config::Peer& peer) : document_(document), peer_(peer) {}

  std::optional<Error> run() {
    for (const auto& [name, value] : document_.items())
      if (auto error = read(name, value)) return error;
    return std::nullopt;
  }

 private:
  std::optional<Error> read(const std::string& name, const Json& value) {
    if (name == "name") return std::nullopt;  // the path says it
    for (const auto& [text_name, member] : texts())
      if (name == text_name) return text(name, value, peer_.*member);
    if (name == "databases") return databases(value);
    if (name == "interval_ms") return interval(value);
    if (name == "direction") return direction(value);
    if (name == "create") return flag(value);
    return wrong(
        fmt::format("There is no member {:?}; a peer has url, databases, interval_ms, token, direction, "
                    "create, ca_file, from and to.",
                    name));
  }

  static std::vector<std::pair<std::string_view, std::string config::Peer::*>> texts() {
    return {{"url", &config::Peer::url},
            {"token", &config::Peer::token},
            {"ca_file", &config::Peer::ca_file},
            {"from", &config::Peer::from},
            {"to", &config::Peer::to}};
  }

  static std::optional<Error> text(const std::string& name, const Json& value, std::string& to) {
    if (value.is_null()) return std::nullopt;
    if (!value.is_string()) return wrong(fmt::format("{:?} is not a text.", name));
    to = value.get<std::string>();
    return std::nullopt;
  }

  std::optional<Error> databases(const Json& value) {
    const bool fits = value.is_array() && value.size() <= most_databases &&
                      std::all_of(value.begin(), value.end(), [](const Json& one) { return one.is_string(); });
    if (!fits)
      return wrong(fmt::format("\"databases\" is not a list of at most {} names, or [\"*\"].", most_databases));
    peer_.databases = value.get<std::vector<std::string>>();
    return std::nullopt;
  }

  std::optional<Error> interval(const Json& value) {
    constexpr std::uint64_t least = 10, most = 1ULL << 31;
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least || value.get<std::uint64_t>() > most)
      return wrong(fmt::format("\"interval_ms\" is not a whole number from {}.", least));
    peer_.interval_ms = value.get<std::uint64_t>();
    return std::nullopt;
  }

  std::optional<Error> direction(const Json& value) {
    for (const auto& [word, direction] : directions)
      if (value == word) return peer_.direction = direction, std::nullopt;
    return wrong("\"direction\" is both, pull or push.");
  }

  std::optional<Error> flag(const Json& value) {
    if (!value.is_boolean()) return wrong("\"create\" is true or false.");
    peer_.create = value.get<bool>();
    return std::nullopt;
  }

  const Json& document_;
  config::Peer& peer_;
};

Json to_json(const config::Peer& peer) {
  Json json = {{"name", peer.name},
               {"url", peer.url},
               {"databases", peer.databases},
               {"interval_ms", peer.interval_ms},
               {"direction", directions[static_cast<std::size_t>(peer.direction)].first},
               {"create", peer.create}};
  if (!peer.ca_file.empty()) json["ca_file"] = peer.ca_file;
  if (!peer.from.empty()) json["from"] = peer.from;
  if (!peer.to.empty()) json["to"] = peer.to;
  return json;
}

Result<config::Peer> peer_of(std::string_view name, const Json& document) {
  config::Peer peer;
  peer.name = name;
  if (const auto error = Reader(document, peer).run()) return *error;
  config::Settings settings;
  settings.peers = {peer};
  config::Errors errors;
  config::complete(settings, {}, errors);
  if (!errors.empty()) return wrong(errors.front().message);
  for (const std::string* edge : {&peer.from, &peer.to})
    if (!edge->empty() && !edge->starts_with('-') && !Ulid::parse(*edge) && !parse_rfc3339(*edge))
      return wrong(fmt::format("{:?} is no time.", *edge));
  return peer;
}

enum class Edge { first, last };

// A time that is no time is no bound: the configuration has been checked, so that is for the calendar's sake
// (2026-02-31).
std::optional<Ulid> moment(const std::string& text, std::int64_t now_ms, Edge edge) {
  if (text.empty()) return std::nullopt;
  if (const auto ulid = Ulid::parse(text)) return ulid;
  std::optional<std::int64_t> ms = parse_rfc3339(text);
  if (text.starts_with('-'))
    if (const auto ago = config::parse_duration(std::string_view(text).substr(1)))
      ms = (now_ms - *ago) / minute_ms * minute_ms;
  if (!ms) return std::nullopt;
  const std::int64_t bounded = std::clamp<std::int64_t>(*ms, 0, Ulid::kMaxTimeMs);
  return edge == Edge::first ? Ulid::first_of(bounded) : Ulid::last_of(bounded);
}

}  // namespace

Result<config::Peer> parse_peer(std::string_view name, std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  return peer_of(name, *document);
}

Result<config::Peer> parse_guest(std::string_view url, std::string_view json) {
  auto document = parse_object(json.empty() ? "{}" : json);
  if (!document) return document.error();
  (*document)["url"] = url;
  auto peer = peer_of("guest", *document);
  if (peer) peer->name.clear();
  return peer;
}

std::string print_peer(const config::Peer& peer) { return to_json(peer).dump(); }

std::optional<Window> window_of(const config::Peer& peer, std::int64_t now_ms) {
  const auto from = moment(peer.from, now_ms, Edge::first), to = moment(peer.to, now_ms, Edge::last);
  if (!from && !to) return std::nullopt;
  return Window{from.value_or(Ulid{}), to.value_or(Ulid::greatest())};
}

}  // namespace laterbase::sync
