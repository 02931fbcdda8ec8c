#include "client/sync.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "client/read.h"
#include "engine/base/clock.h"

namespace laterbase::client {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t number(const Json& json, const char* name) {
  const auto member = json.find(name);
  return member != json.end() && member->is_number_unsigned() ? member->get<std::uint64_t>() : 0;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", with_commas(count), noun, count == 1 ? "" : "s");
}

// How the two found out what to send.
std::string_view way(const std::string& mode, bool moved) {
  if (mode == "equal") return "nothing differed";
  if (mode == "log") return "whole logs were sent";
  if (mode == "newest") return "only the newest events differed";
  if (mode == "cells") return "the differences were found by sketches of both sets";
  if (mode == "ranges") return "the differences were found by splitting ranges";
  return moved ? "what was new since the last time was sent" : "nothing was new since the last time";
}

std::string in_words(const std::string& database, const Json& outcome, double seconds) {
  const bool equal = outcome.value("equal", false);
  return fmt::format("{}: {} sent, {} received; {}; {}, {} out, {} in, {}.{}\n", database,
                     plural(number(outcome, "sent"), "event"), with_commas(number(outcome, "received")),
                     way(outcome.value("mode", ""), number(outcome, "sent") + number(outcome, "received") > 0),
                     plural(number(outcome, "round_trips"), "round trip"), human_bytes(number(outcome, "bytes_out")),
                     human_bytes(number(outcome, "bytes_in")), human_duration(seconds),
                     equal ? " Both sides hold the same events." : "");
}

std::string body_of(const SyncOptions& options) {
  const bool by_name = options.peer.find("://") == std::string::npos;
  if (by_name) return "";
  Json body = Json::object();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("token", options.peer_token);
  add("ca_file", options.peer_ca);
  add("direction", options.direction);
  add("from", options.from);
  add("to", options.to);
  return body.dump();
}

// Takes lines as they come; the last is the outcome.
class Lines {
 public:
  explicit Lines(const Console& console) : progress_(console, 0) {}

  bool take(std::string_view bytes) {
    text_ += bytes;
    for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
      last_ = Json::parse(text_.substr(0, end), nullptr, false);
      text_.erase(0, end + 1);
      if (last_.is_object()) show();
    }
    return true;
  }

  Json outcome() {
    progress_.clear();
    if (!last_.is_object()) throw Unreachable("the node's answer ended before its outcome");
    if (last_.contains("status"))
      throw Refused(problem_of(static_cast<unsigned>(number(last_, "status")), last_.dump()));
    return last_;
  }

 private:
  void show() {
    const std::uint64_t moved = number(last_, "sent") + number(last_, "received");
    progress_.show(moved, fmt::format("{} sent, {} received", with_commas(number(last_, "sent")),
                                      with_commas(number(last_, "received"))));
  }

  Progress progress_;
  std::string text_;
  Json last_;
};

void sync_one(Session& session, const Console& console, const SyncOptions& options, const std::string& database) {
  const std::string path = "/db/" + percent_encoded(database);
  if (options.create) session.call({"PUT", path, {}, {}});
  const std::int64_t start_us = system_clock().monotonic_us();
  Lines lines(console);
  const Request request{"POST",
                        fmt::format("{}/sync?peer={}", path, percent_encoded(options.peer)),
                        {{"Accept", "application/x-ndjson"}, {"Content-Type", "application/json"}},
                        body_of(options)};
  session.call(request, [&](std::string_view bytes) { return lines.take(bytes); });
  Json outcome = lines.outcome();
  const double seconds = static_cast<double>(system_clock().monotonic_us() - start_us) * 1e-6;
  if (!options.json) {
    console.out << in_words(database, outcome, seconds);
    return;
  }
  outcome["database"] = database;
  outcome["seconds"] = seconds;
  console.out << outcome.dump() << '\n';
}

std::vector<std::string> databases_of(Session& session) {
  const auto list = Json::parse(session.call({"GET", "/db", {}, {}}).body, nullptr, false);
  std::vector<std::string> names;
  if (!list.is_object() || !list.contains("databases")) return names;
  for (const Json& name : list["databases"])
    if (name.is_string()) names.push_back(name.get<std::string>());
  return names;
}

}  // namespace

bool sync(Session& session, const Console& console, const SyncOptions& options) {
  if (!options.database.empty()) {
    sync_one(session, console, options, options.database);
    return true;
  }
  bool all = true;
  for (const std::string& database : databases_of(session)) {
    try {
      sync_one(session, console, options, database);
    } catch (const Refused& trouble) {
      console.err << "laterbase: " << database << ": " << trouble.what() << '\n';
      all = false;
    }
  }
  return all;
}

}  // namespace laterbase::client
