#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "engine/base/json_text.h"
#include "engine/ivm/expression.h"
#include "views/sql/function_tables.h"
#include "views/sql/utf8.h"

// Bytes: their digests, and their forms as text.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t base64_line = 76;

std::string_view bytes(Args args, std::size_t i) { return args[i].as_bytes(); }
Value made(const std::string& result) { return Value::of_bytes(TypeKind::bytea, result); }

std::string digest(const EVP_MD* kind, std::string_view of) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> result{};
  unsigned size = 0;
  if (EVP_Digest(of.data(), of.size(), result.data(), &size, kind, nullptr) != 1) {
    throw EvalError("58000", "the digest cannot be computed here");
  }
  return {reinterpret_cast<const char*>(result.data()), size};
}

std::string as_hex(std::string_view of) {
  std::string text;
  for (const char c : of) {
    const auto byte = static_cast<unsigned char>(c);
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 15];
  }
  return text;
}

Value md5(Args args, Type) { return Value::of_text(as_hex(digest(EVP_md5(), bytes(args, 0)))); }
template <const EVP_MD* (*kind)()>
Value sha(Args args, Type) {
  return made(digest(kind(), bytes(args, 0)));
}

std::string as_base64(std::string_view of) {
  std::string text;
  std::size_t line = 0;
  for (std::size_t i = 0; i < of.size(); i += 3) {
    if (line == base64_line) {
      text += '\n';
      line = 0;
    }
    const auto at = [&](std::size_t k) { return i + k < of.size() ? static_cast<unsigned char>(of[i + k]) : 0U; };
    const unsigned group = at(0) << 16U | at(1) << 8U | at(2);
    for (std::size_t k = 0; k < 4; ++k) {
      const bool there = i + k <= of.size();
      text += there ? base64_digits[group >> (18 - 6 * k) & 63U] : '=';
    }
    line += 4;
  }
  return text;
}

std::string as_escapes(std::string_view of) {
  std::string text;
  for (const char c : of) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0 || byte >= 128) {
      text += {'\\', static_cast<char>('0' + (byte >> 6U)), static_cast<char>('0' + (byte >> 3U & 7U)),
               static_cast<char>('0' + (byte & 7U))};
    } else {
      text += c == '\\' ? std::string("\\\\") : std::string(1, c);
    }
  }
  return text;
}

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

std::string shown(std::string_view text, std::size_t at) {
  return "\"" + std::string(text.substr(at, character_size(text, at))) + "\"";
}

std::string from_hex(std::string_view text) {
  std::string result;
  const auto digit = [&](std::size_t at) {
    const char c = text[at] >= 'A' && text[at] <= 'F' ? static_cast<char>(text[at] - 'A' + 'a') : text[at];
    const std::size_t value = hex_digits.find(c);
    if (value == std::string_view::npos) throw EvalError("22023", "invalid hexadecimal digit: " + shown(text, at));
    return value;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_blank(text[i])) continue;
    const std::size_t high = digit(i);
    if (++i == text.size()) throw EvalError("22023", "invalid hexadecimal data: odd number of digits");
    result += static_cast<char>(high << 4 | digit(i));
  }
  return result;
}

std::string from_base64(std::string_view text) {
  std::string result;
  unsigned group = 0;
  int count = 0;
  int padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_blank(text[i])) continue;
    const std::size_t value = base64_digits.find(text[i]);
    if (text[i] == '=') {
      if (padding == 0 && count < 2) throw EvalError("22023", "unexpected \"=\" while decoding base64 sequence");
      ++padding;
    } else if (value == std::string_view::npos || padding > 0) {
      throw EvalError("22023", "invalid symbol " + shown(text, i) + " found while decoding base64 sequence");
    }
    group = group << 6U | static_cast<unsigned>(text[i] == '=' ? 0 : value);
    if (++count < 4) continue;
    for (int k = 0; k < 3 - padding; ++k) result += static_cast<char>(group >> (16 - 8 * k) & 255U);
    group = 0;
    count = 0;
  }
  if (count != 0) throw EvalError("22023", "invalid base64 end sequence");
  return result;
}

std::string from_escapes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](std::size_t at, char most) {
      return at < text.size() && text[at] >= '0' && text[at] <= most;
    };
    if (text[i] != '\\') {
      result += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      result += text[++i];
    } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      throw EvalError("22P02", "invalid input syntax for type bytea");
    }
  }
  return result;
}

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

[[noreturn]] void unknown_form(Args args) {
  throw EvalError("22023", "unrecognized encoding: \"" + std::string(bytes(args, 1)) + "\"");
}
Value encode(Args args, Type) {
  const std::string form = small_letters(bytes(args, 1));
  if (form == "hex") return Value::of_text(as_hex(bytes(args, 0)));
  if (form == "base64") return Value::of_text(as_base64(bytes(args, 0)));
  if (form == "escape") return Value::of_text(as_escapes(bytes(args, 0)));
  unknown_form(args);
}
Value decode(Args args, Type) {
  const std::string form = small_letters(bytes(args, 1));
  if (form == "hex") return made(from_hex(bytes(args, 0)));
  if (form == "base64") return made(from_base64(bytes(args, 0)));
  if (form == "escape") return made(from_escapes(bytes(args, 0)));
  unknown_form(args);
}

// Only UTF-8, the database's own.
void require_utf8(Args args) {
  const std::string name = small_letters(bytes(args, 1));
  if (name == "utf8" || name == "utf-8" || name == "unicode") return;
  throw EvalError("0A000", "the encoding \"" + std::string(bytes(args, 1)) + "\" is not supported: only UTF8 is");
}
Value from_utf8(Args args, Type) {
  require_utf8(args);
  const std::string_view text = bytes(args, 0);
  if (find_bad_utf8(text) || text.find('\0') != std::string_view::npos) {
    throw EvalError("22021", "invalid byte sequence for encoding \"UTF8\"");
  }
  return Value::of_text(text);
}
Value to_utf8(Args args, Type) {
  require_utf8(args);
  return made(std::string(bytes(args, 0)));
}

Value get_byte(Args args, Type) {
  const std::string_view all = bytes(args, 0);
  const std::int64_t at = args[1].as_int();
  if (at < 0 || at >= static_cast<std::int64_t>(all.size())) {
    throw EvalError("2202E", "index " + std::to_string(at) + " out of valid range, 0.." +
                                 std::to_string(static_cast<std::int64_t>(all.size()) - 1));
  }
  return Value::of_integer(static_cast<unsigned char>(all[static_cast<std::size_t>(at)]));
}

Value part(Args args, Type) {
  const std::string_view all = bytes(args, 0);
  const std::int64_t from = args[1].as_int();
  std::int64_t end = static_cast<std::int64_t>(all.size()) + 1;
  if (args.size() > 2) {
    if (args[2].as_int() < 0) throw EvalError("22011", "negative substring length not allowed");
    end = std::min(end, from + args[2].as_int());
  }
  const std::int64_t begin = std::max<std::int64_t>(from, 1);
  if (end <= begin) return made("");
  return made(std::string(all.substr(static_cast<std::size_t>(begin - 1), static_cast<std::size_t>(end - begin))));
}
Value position(Args args, Type) {
  const std::size_t at = bytes(args, 0).find(bytes(args, 1));
  return Value::of_integer(at == std::string_view::npos ? 0 : static_cast<std::int32_t>(at) + 1);
}

}  // namespace

void add_bytes_functions(Tables& tables) {
  using enum TypeKind;
  auto& functions = tables.functions;
  functions.push_back({"md5", {text}, text, md5});
  functions.push_back({"md5", {bytea}, text, md5});
  functions.push_back({"sha224", {bytea}, bytea, sha<EVP_sha224>});
  functions.push_back({"sha256", {bytea}, bytea, sha<EVP_sha256>});
  functions.push_back({"sha384", {bytea}, bytea, sha<EVP_sha384>});
  functions.push_back({"sha512", {bytea}, bytea, sha<EVP_sha512>});
  functions.push_back({"encode", {bytea, text}, text, encode, true});
  functions.push_back({"decode", {text, text}, bytea, decode, true});
  functions.push_back({"convert_from", {bytea, text}, text, from_utf8, true});
  functions.push_back({"convert_to", {text, text}, bytea, to_utf8, true});
  functions.push_back({"get_byte", {bytea, integer}, integer, get_byte, true});
  functions.push_back({"position", {bytea, bytea}, integer, position});
  for (const char* name : {"substr", "substring"}) {
    functions.push_back({name, {bytea, integer}, bytea, part});
    functions.push_back({name, {bytea, integer, integer}, bytea, part, true});
  }
}

}  // namespace laterbase::sql
