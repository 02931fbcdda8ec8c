#include "server/http/negotiate.h"

#include "server/http/head.h"

namespace laterbase::http {
namespace {

// "0.85" as 850; what is no weight is 0.
int thousandths(std::string_view text) {
  if (text.starts_with('1')) return 1000;
  if (!text.starts_with("0.")) return 0;
  int weight = 0, unit = 100;
  for (const char c : text.substr(2, 3)) {
    if (c < '0' || c > '9') break;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight;
}

// Calls visit(item, weight in thousandths) for each member of a comma-separated list.
template <typename Visit>
void each_weighted(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view item = trimmed(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    int weight = 1000;
    const std::size_t semicolon = item.find(';');
    std::string_view parameters = semicolon == std::string_view::npos ? "" : item.substr(semicolon + 1);
    item = trimmed(item.substr(0, semicolon));
    while (!parameters.empty()) {
      const std::size_t end = parameters.find(';');
      const std::string_view parameter = trimmed(parameters.substr(0, end));
      parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
      if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=') continue;
      weight = thousandths(parameter.substr(2));
    }
    if (!item.empty()) visit(item, weight);
  }
}

// How precisely a range like text/* names a type: 3 exactly, 2 its family, 1 everything, 0 not at all.
int precision(std::string_view range, std::string_view type) {
  if (range == "*/*" || range == "*") return 1;
  if (range.ends_with("/*"))
    return type.size() > range.size() - 1 &&
                   equal_ignoring_case(range.substr(0, range.size() - 1), type.substr(0, range.size() - 1))
               ? 2
               : 0;
  return equal_ignoring_case(range, type) ? 3 : 0;
}

int weight_of_type(std::string_view accept, std::string_view type) {
  int best = 0, weight = 0;
  each_weighted(accept, [&](std::string_view range, int range_weight) {
    const int found = precision(range, type);
    if (found > best || (found == best && found > 0 && range_weight > weight)) {
      best = found;
      weight = range_weight;
    }
  });
  return weight;
}

}  // namespace

std::optional<std::size_t> best_type(std::string_view accept, std::span<const std::string_view> offers) {
  if (offers.empty()) return std::nullopt;
  if (accept.empty() || accept == "*/*") return 0;
  std::optional<std::size_t> best;
  int best_weight = 0;
  for (std::size_t i = 0; i < offers.size(); ++i)
    if (const int weight = weight_of_type(accept, offers[i]); weight > best_weight) {
      best = i;
      best_weight = weight;
    }
  return best;
}

Coding best_coding(std::string_view accept_encoding) {
  if (accept_encoding.empty()) return Coding::identity;
  int gzip = -1, zstd = -1, any = -1, identity = -1;
  each_weighted(accept_encoding, [&](std::string_view name, int weight) {
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) gzip = weight;
    if (equal_ignoring_case(name, "zstd")) zstd = weight;
    if (equal_ignoring_case(name, "identity")) identity = weight;
    if (name == "*") any = weight;
  });
  if (gzip < 0) gzip = any;
  if (zstd < 0) zstd = any;
  if (zstd > 0 && zstd >= gzip && zstd >= identity) return Coding::zstd;
  if (gzip > 0 && gzip >= identity) return Coding::gzip;
  return Coding::identity;
}

std::string_view media_type(std::string_view content_type) noexcept {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

}  // namespace laterbase::http
