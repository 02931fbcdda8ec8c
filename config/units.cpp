#include "config/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>

namespace laterbase::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// In order of size: printing takes the last that divides.
constexpr std::array size_units = {Unit{"B", 1}, Unit{"KiB", kib}, Unit{"MiB", mib}, Unit{"GiB", gib},
                                   Unit{"TiB", tib}};
constexpr std::array decimal_units = {Unit{"kB", 1000}, Unit{"MB", 1000'000}, Unit{"GB", 1000'000'000},
                                      Unit{"TB", 1000'000'000'000}};
constexpr std::array time_units = {Unit{"ms", 1}, Unit{"s", second_ms}, Unit{"m", minute_ms}, Unit{"h", hour_ms},
                                   Unit{"d", 24 * hour_ms}};
constexpr std::array long_time_units = {Unit{"min", minute_ms}};

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  const auto same = [&](const Unit& unit) { return lower(unit.name) == lower(name); };
  const auto found = std::find_if(units.begin(), units.end(), same);
  return found == units.end() ? nullptr : &*found;
}

struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};

std::optional<Quantity> split_unit(std::string_view text) {
  text = trim(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return Quantity{number, trim(text.substr(static_cast<std::size_t>(end - text.data())))};
}

// The product, as long as a signed 64-bit number can hold it.
std::optional<std::uint64_t> times(std::uint64_t number, std::uint64_t factor) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / factor) return std::nullopt;
  return number * factor;
}

std::string print_quantity(std::uint64_t number, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) best = &unit;
  }
  return fmt::format("{}{}", number / best->factor, best->name);
}

bool all_of_kind(std::string_view text, int (*kind)(int)) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) { return kind(c) != 0; });
}

bool digits_at(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    if (shape[i] == '0' ? !digit : shape[i] != text[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const auto quantity = split_unit(text);
  if (!quantity) return std::nullopt;
  if (quantity->unit.empty()) return times(quantity->number, 1);
  const Unit* unit = find_unit(size_units, quantity->unit);
  if (unit == nullptr) unit = find_unit(decimal_units, quantity->unit);
  if (unit == nullptr) return std::nullopt;
  return times(quantity->number, unit->factor);
}

std::string print_bytes(std::uint64_t bytes) { return print_quantity(bytes, size_units); }

std::optional<std::int64_t> parse_duration(std::string_view text) {
  const auto quantity = split_unit(text);
  if (!quantity) return std::nullopt;
  if (quantity->unit.empty() && quantity->number == 0) return 0;
  const Unit* unit = find_unit(time_units, quantity->unit);
  if (unit == nullptr) unit = find_unit(long_time_units, quantity->unit);
  if (unit == nullptr) return std::nullopt;
  return times(quantity->number, unit->factor);
}

std::string print_duration(std::int64_t ms) { return print_quantity(static_cast<std::uint64_t>(ms), time_units); }

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto quantity = split_unit(text);
  if (!quantity || !quantity->unit.empty()) return std::nullopt;
  return quantity->number;
}

std::optional<Address> parse_address(std::string_view text) {
  text = trim(text);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_count(text.substr(colon + 1));
  if (!port || *port > 65535) return std::nullopt;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (host.empty() || has_colon != bracketed || host.find_first_of(" /@[]") != std::string_view::npos)
    return std::nullopt;
  return Address{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string print_address(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), address.host, address.port);
}

bool is_loopback(const Address& address) {
  if (address.host == "::1" || lower(address.host) == "localhost") return true;
  const bool numeric = address.host.find_first_not_of("0123456789.") == std::string::npos;
  return numeric && address.host.starts_with("127.") && std::count(address.host.begin(), address.host.end(), '.') == 3;
}

bool looks_like_time(std::string_view text) {
  if (text.starts_with('-')) return parse_duration(text.substr(1)).has_value();
  if (text.size() == 26 && text.front() <= '7') return all_of_kind(text, std::isalnum);
  return digits_at(text, "0000-00-00T00:00:00") || digits_at(text, "0000-00-00 00:00:00");
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace laterbase::config
