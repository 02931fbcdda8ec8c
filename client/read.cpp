#include "client/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "client/slices.h"

namespace laterbase::client {
namespace {

constexpr std::uint64_t page_events = 10'000;
constexpr std::size_t most_described = 50;
constexpr std::size_t keys_a_read = 200;  // as many as fit the request line
const std::pair<std::string, std::string> accept_lines = {"Accept", "application/x-ndjson"};
const std::pair<std::string, std::string> accept_json = {"Accept", "application/json"};

// Cuts a body into lines and prints each as an event.
class Lines {
 public:
  explicit Lines(const Console& console) : console_(console) {}

  bool take(std::string_view bytes) {
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
      rest_ += bytes.substr(0, end);
      finish();
      bytes.remove_prefix(end + 1);
    }
    rest_ += bytes;
    return console_.out.good();
  }

  void finish() {
    if (rest_.empty()) return;
    print_event(console_, rest_);
    rest_.clear();
    ++count_;
  }

  std::uint64_t count() const { return count_; }

 private:
  const Console& console_;
  std::string rest_;
  std::uint64_t count_ = 0;
};

struct Page {
  std::uint64_t events = 0;
  std::optional<std::string> next;
  std::uint64_t head = 0;  // of the log
};

std::uint64_t number_after(std::string_view text, char letter) {
  std::uint64_t number = 0;
  text.remove_prefix(std::min(text.find(letter), text.size()));
  if (!text.empty()) std::from_chars(text.data() + 1, text.data() + text.size(), number);
  return number;
}

Page read_page(Session& session, const Console& console, const std::string& target) {
  Lines lines(console);
  const Request request{"GET", target, {accept_lines}, {}};
  const Answer answer = session.call(request, [&](std::string_view bytes) { return lines.take(bytes); });
  lines.finish();
  return {lines.count(), next_link(answer.field("Link")), number_after(answer.field("Laterbase-Clock"), ':')};
}

std::string with_limit(std::string target, const std::optional<std::uint64_t>& left) {
  const std::uint64_t limit = std::min(left.value_or(page_events), page_events);
  const auto at = target.find("limit=");
  if (at != std::string::npos) target.erase(at, std::min(target.find('&', at), target.size() - 1) - at + 1);
  if (target.back() != '?' && target.back() != '&') target += target.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}limit={}", target, limit);
}

// Page after page, until there is no next one, the limit is reached, or the log as it stood at the first page is read.
void read_pages(Session& session, const Console& console, std::string target, std::optional<std::uint64_t> left) {
  std::optional<std::uint64_t> head;
  while (!left || *left > 0) {
    const Page page = read_page(session, console, with_limit(target, left));
    if (left) *left -= std::min(*left, page.events);
    if (page.events == 0 || !page.next || !console.out.good()) return;
    head = head.value_or(page.head);
    if (query_number(*page.next, "lc").value_or(0) >= *head && query_number(*page.next, "lc")) return;
    target = *page.next;
  }
}

std::string events_target(const std::string& database) { return fmt::format("/db/{}/e", database); }

// One event a line, though its JSON may have been written over several: between JSON's tokens a line break is a blank.
std::string on_one_line(std::string_view json) {
  std::string line(json);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

std::size_t print_bulk(const Console& console, const std::string& body) {
  std::size_t missing = 0;
  for (const auto& [name, value] : member_slices(body).value_or(Members{})) {
    for (const auto slice : array_slices(value).value_or(std::vector<std::string_view>{})) {
      if (name == "\"events\"") print_event(console, on_one_line(slice));
      if (name != "\"missing\"") continue;
      console.err << "There is no event " << slice << ".\n";
      ++missing;
    }
  }
  return missing;
}

void print_one(const Console& console, const Answer& answer) {
  console.out << answer.body;
  if (console.out_is_terminal && !answer.body.ends_with('\n')) console.out << '\n';
}

// Members in a column; nested ones as JSON.
void print_members(const Console& console, const nlohmann::ordered_json& object) {
  for (const auto& [name, value] : object.items())
    console.out << fmt::format("{:<10} {}\n", name,
                               value.is_string()            ? value.get<std::string>()
                               : value.is_number_unsigned() ? with_commas(value)
                                                            : value.dump());
}

nlohmann::ordered_json describe(Session& session, const std::string& database) {
  const Request request{"GET", "/db/" + percent_encoded(database), {accept_json}, {}};
  return nlohmann::ordered_json::parse(session.call(request).body, nullptr, false);
}

std::string cell(const nlohmann::ordered_json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_number_unsigned()) return "";
  return with_commas(object[name].get<std::uint64_t>());
}

// A line for each database; describing one opens it, so of very many only the first are.
void print_databases(Session& session, const Console& console, const nlohmann::ordered_json& names) {
  if (names.empty()) console.out << "There are no databases yet; laterbase post --create --db NAME makes one.\n";
  if (!names.empty()) console.out << fmt::format("{:<24} {:>14} {:>14} {:>14}\n", "name", "lc", "events", "bytes");
  std::size_t described = 0;
  for (const auto& name : names) {
    if (!name.is_string()) continue;
    const auto about = ++described <= most_described ? describe(session, name) : nlohmann::ordered_json::object();
    console.out << fmt::format("{:<24} {:>14} {:>14} {:>14}\n", name.get<std::string>(), cell(about, "lc"),
                               cell(about, "events"), cell(about, "bytes"));
  }
}

}  // namespace

void feed(Session& session, const Console& console, const FeedOptions& options) {
  std::string target = fmt::format("{}?lc={}", events_target(options.database), options.from_lc);
  if (!options.order.empty()) target += "&order=" + options.order;
  read_pages(session, console, target, options.limit);
}

void range(Session& session, const Console& console, const RangeOptions& options) {
  std::string target = events_target(options.database) + "?from=" + percent_encoded(options.from);
  if (!options.to.empty()) target += "&to=" + percent_encoded(options.to);
  read_pages(session, console, target, options.limit);
}

bool get(Session& session, const Console& console, const std::string& database, const std::vector<std::string>& keys) {
  if (keys.size() == 1) {
    const Request request{"GET", fmt::format("{}/{}", events_target(database), percent_encoded(keys.front())), {}, {}};
    print_one(console, session.call(request));
    return true;
  }
  std::size_t missing = 0;
  for (std::size_t at = 0; at < keys.size(); at += keys_a_read) {
    std::string list;
    for (std::size_t i = at; i < std::min(keys.size(), at + keys_a_read); ++i)
      list += (list.empty() ? "" : ",") + percent_encoded(keys[i]);
    const Request request{"GET", fmt::format("{}?keys={}", events_target(database), list), {accept_json}, {}};
    missing += print_bulk(console, session.call(request).body);
  }
  return missing == 0;
}

void info(Session& session, const Console& console, const std::string& database) {
  const Request request{"GET", database.empty() ? "/db" : "/db/" + database, {accept_json}, {}};
  const Answer answer = session.call(request);
  const auto json = nlohmann::ordered_json::parse(answer.body, nullptr, false);
  if (!console.out_is_terminal || json.is_discarded()) {
    console.out << answer.body << (answer.body.ends_with('\n') ? "" : "\n");
  } else if (database.empty() && json.is_object() && json.contains("databases")) {
    print_databases(session, console, json["databases"]);
  } else {
    print_members(console, json);
  }
}

bool health(Session& session, const Console& console, bool live) {
  const Request request{"GET", live ? "/health/live" : "/health/ready", {}, {}};
  const Answer answer = session.once(request);
  if (answer.good()) {
    console.out << (live ? "alive\n" : "ready\n");
  } else {
    console.err << problem_of(answer).detail << '\n';
  }
  return answer.good();
}

std::optional<std::string> next_link(std::string_view link) {
  for (auto open = link.find('<'); open != std::string_view::npos; open = link.find('<', open + 1)) {
    const auto close = link.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    const auto parameters = link.substr(close, link.find('<', close) - close);
    if (parameters.find("rel=\"next\"") == std::string_view::npos) continue;
    std::string_view target = link.substr(open + 1, close - open - 1);
    const auto host = target.find("://");
    if (host != std::string_view::npos) target.remove_prefix(std::min(target.find('/', host + 3), target.size()));
    return target.starts_with('/') ? std::optional(std::string(target)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> query_number(std::string_view target, std::string_view name) {
  for (auto at = target.find('?'); at != std::string_view::npos; at = target.find('&', at + 1)) {
    const std::string_view parameter = target.substr(at + 1);
    if (!parameter.starts_with(name) || !parameter.substr(name.size()).starts_with('=')) continue;
    const std::string_view digits = parameter.substr(name.size() + 1);
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec == std::errc{}) return number;
  }
  return std::nullopt;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace laterbase::client
