#include "client/batches.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>

#include "client/slices.h"
#include "engine/base/rfc3339.h"

namespace laterbase::client {
namespace {

constexpr std::string_view lines_type = "application/vnd.laterbase+x-ndjson";
constexpr std::string_view array_type = "application/vnd.laterbase+json";

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), from, static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(written));
  return text;
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Format format_of(const std::string& file, Format wanted) {
  if (wanted != Format::automatic) return wanted;
  return file.ends_with(".json") ? Format::json : Format::lines;
}

std::string shown_name(const std::string& file) { return file == "-" ? "standard input" : file; }

// What an envelope says, as far as its key depends on it.
struct Envelope {
  std::string_view key, at;
  std::string_view payload_name, payload;
  bool strange = false;  // the node will say why
};

Envelope read_envelope(const Members& members) {
  Envelope envelope;
  for (const auto& [name, value] : members) {
    if (name == "\"key\"") {
      envelope.key = value;
    } else if (name == "\"at\"") {
      envelope.at = value;
    } else {
      envelope.strange = envelope.strange || !envelope.payload.empty() || (name != "\"value\"" && name != "\"base64\"");
      envelope.payload_name = name;
      envelope.payload = value;
    }
  }
  envelope.strange = envelope.strange || envelope.payload.empty();
  return envelope;
}

std::optional<std::int64_t> time_of(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"') return std::nullopt;
  const auto ms = parse_rfc3339(quoted.substr(1, quoted.size() - 2));
  return ms && *ms >= 0 && *ms <= Ulid::kMaxTimeMs ? ms : std::nullopt;
}

}  // namespace

std::string Batch::place(std::uint64_t line) const {
  if (line == 0 || line > places.size()) return shown_name(file);
  return fmt::format("{}, {} {}", shown_name(file), of_elements ? "element" : "line", places[line - 1]);
}

Batches::Batches(std::vector<std::string> files, BatchOptions options, UlidGenerator& keys,
                 std::istream& standard_input)
    : files_(std::move(files)),
      options_(options),
      keys_(keys),
      standard_input_(standard_input),
      skip_left_(options.skip) {
  if (files_.empty()) files_.emplace_back("-");
}

std::uint64_t Batches::bytes_total() const {
  std::uint64_t total = 0;
  for (const auto& file : files_) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return 0;
    total += size;
  }
  return total;
}

void Batches::bad(std::uint64_t place, const std::string& what) const {
  const std::string where =
      place == 0 ? "" : fmt::format(", {} {}", format_ == Format::json ? "element" : "line", place);
  throw BadInput(fmt::format("{}{}: {}", shown_name(file_), where, what));
}

bool Batches::open_next() {
  if (next_file_ == files_.size()) return false;
  file_ = files_[next_file_++];
  format_ = format_of(file_, options_.format);
  place_ = 0;
  elements_.clear();
  input_ = &standard_input_;
  if (file_ == "-") return true;
  opened_ = std::ifstream(file_, std::ios::binary);
  if (!opened_) bad(0, std::strerror(errno));
  if (std::filesystem::is_directory(file_)) bad(0, "is a directory");
  input_ = &opened_;
  return true;
}

bool Batches::full(const Batch& batch) const {
  return batch.places.size() >= options_.events || batch.body.size() >= options_.bytes;
}

bool Batches::skipped() {
  if (skip_left_ == 0) return false;
  --skip_left_;
  return true;
}

std::optional<Batch> Batches::next(std::int64_t now_ms) {
  for (;;) {
    if (input_ == nullptr && !open_next()) return std::nullopt;
    Batch batch;
    batch.file = file_;
    batch.of_elements = format_ == Format::json;
    batch.content_type = batch.of_elements ? array_type : lines_type;
    const bool by_line = format_ == Format::lines || format_ == Format::envelopes;
    by_line ? read_lines(batch, now_ms) : read_document(batch, now_ms);
    if (batch.places.empty()) continue;
    if (batch.of_elements) batch.body += ']';
    return batch;
  }
}

void Batches::read_lines(Batch& batch, std::int64_t now_ms) {
  std::string line;
  while (!full(batch)) {
    if (!std::getline(*input_, line)) {
      input_ = nullptr;
      return;
    }
    ++place_;
    bytes_read_ += line.size() + 1;
    if (line.size() > options_.longest_event) bad(place_, "is longer than any event may be");
    const std::string_view value = trim(line);
    if (value.empty() || skipped()) continue;
    if (format_ == Format::envelopes) {
      add_envelope(batch, place_, value, now_ms);
    } else if (is_json(value)) {
      add(batch, place_, "\"value\"", value, now_ms);
    } else {
      bad(place_, "is not JSON (--format raw takes any bytes)");
    }
  }
}

void Batches::read_document(Batch& batch, std::int64_t now_ms) {
  if (place_ == 0) {
    document_.assign(std::istreambuf_iterator<char>(*input_), {});
    bytes_read_ += document_.size();
    if (format_ == Format::json && !is_json(document_)) bad(0, "is not a JSON document (--format lines takes NDJSON)");
    elements_ = format_ == Format::json ? array_slices(document_).value_or(std::vector{trim(document_)})
                                        : std::vector<std::string_view>{document_};
  }
  for (; place_ < elements_.size() && !full(batch);) {
    const std::string_view element = elements_[place_++];
    if (skipped()) continue;
    if (format_ == Format::json) {
      add(batch, place_, "\"value\"", element, now_ms);
    } else {
      add(batch, place_, "\"base64\"", '"' + base64(element) + '"', now_ms);
    }
  }
  if (place_ == elements_.size()) input_ = nullptr;
}

void Batches::add(Batch& batch, std::uint64_t place, std::string_view member, std::string_view value,
                  std::int64_t now_ms) {
  batch.keys.push_back(keys_.next(now_ms).text());
  append(batch, place, fmt::format(R"({{"key":"{}",{}:{}}})", batch.keys.back(), member, value));
}

// A valid time becomes the key's, so that sending again is the same event; what has a key or is wrong goes as it is.
void Batches::add_envelope(Batch& batch, std::uint64_t place, std::string_view line, std::int64_t now_ms) {
  const auto members = member_slices(line);
  if (!members) bad(place, "is not an envelope: {\"key\"?, \"at\"?, \"value\" or \"base64\"}");
  const Envelope envelope = read_envelope(*members);
  if (!envelope.key.empty() || envelope.strange) return append(batch, place, line);
  if (envelope.at.empty()) return add(batch, place, envelope.payload_name, envelope.payload, now_ms);
  const auto ms = time_of(envelope.at);
  if (!ms) return append(batch, place, line);
  batch.keys.push_back(keys_.at(*ms).text());
  append(batch, place,
         fmt::format(R"({{"key":"{}",{}:{}}})", batch.keys.back(), envelope.payload_name, envelope.payload));
}

void Batches::append(Batch& batch, std::uint64_t place, std::string_view envelope) {
  if (batch.of_elements) batch.body += batch.places.empty() ? '[' : ',';
  batch.body += envelope;
  if (!batch.of_elements) batch.body += '\n';
  batch.places.push_back(place);
}

}  // namespace laterbase::client
