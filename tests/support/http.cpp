#include "tests/support/http.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace laterbase::tests {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool has_header(const Headers& headers, const std::string& name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& h) { return lower(h.first) == name; });
}

std::string trim(std::string text) {
  while (!text.empty() && text.front() == ' ') text.erase(0, 1);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::size_t number(const std::string& text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) throw BadAnswer{"not a length: '" + text + "'"};
  return value;
}

void parse_status(const std::string& line, Response& response) {
  if (!line.starts_with("HTTP/1.1 ") || line.size() < 12) throw BadAnswer{"not a status line: '" + line + "'"};
  response.status = static_cast<int>(number(line.substr(9, 3), 10));
}

void parse_field(const std::string& line, Response& response) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) throw BadAnswer{"not a header field: '" + line + "'"};
  std::string& value = response.headers[lower(line.substr(0, colon))];
  value += (value.empty() ? "" : ", ") + trim(line.substr(colon + 1));
}

}  // namespace

std::string Request::bytes() const {
  std::string text = method + " " + target + " HTTP/1.1\r\n";
  if (!has_header(headers, "host")) text += "Host: localhost\r\n";
  const bool sized = has_header(headers, "content-length") || has_header(headers, "transfer-encoding");
  if (!sized && (!body.empty() || method == "POST" || method == "PUT")) {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + body;
}

std::string Response::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::vector<nlohmann::json> Response::ndjson() const {
  std::vector<nlohmann::json> values;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = std::min(body.find('\n', begin), body.size());
    if (end > begin) values.push_back(nlohmann::json::parse(body.substr(begin, end - begin)));
    begin = end + 1;
  }
  return values;
}

Response HttpConnection::ask(const Request& request) {
  send(request.bytes());
  return read(request.method == "HEAD");
}

Response HttpConnection::read_head() {
  Response response;
  parse_status(take_line(), response);
  for (std::string line = take_line(); !line.empty(); line = take_line()) parse_field(line, response);
  chunks_done_ = false;
  return response;
}

Response HttpConnection::read(bool head_only) {
  Response response = read_head();
  if (head_only || response.status < 200 || response.status == 204 || response.status == 304) return response;
  if (lower(response.header("transfer-encoding")) == "chunked") {
    for (std::string some = take_chunk(); !some.empty(); some = take_chunk()) response.body += some;
  } else if (response.has("content-length")) {
    response.body = take(number(response.header("content-length"), 10));
  } else {
    response.body = read_to_close();
  }
  return response;
}

std::string HttpConnection::read_some_of_body() { return chunks_done_ ? "" : take_chunk(); }

std::string HttpConnection::read_to_close() { return std::exchange(buffer_, "") + socket_.receive_all(); }

void HttpConnection::need_more() {
  const std::string some = socket_.receive();
  if (some.empty()) throw BadAnswer{"closed in the middle, after '" + buffer_.substr(0, 200) + "'"};
  buffer_ += some;
}

std::string HttpConnection::take(std::size_t bytes) {
  while (buffer_.size() < bytes) need_more();
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

std::string HttpConnection::take_line() {
  std::size_t end = buffer_.find("\r\n");
  for (; end == std::string::npos; end = buffer_.find("\r\n")) need_more();
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string HttpConnection::take_chunk() {
  const std::string size_line = take_line();
  std::string data = take(number(size_line.substr(0, size_line.find(';')), 16));
  if (!take_line().empty()) throw BadAnswer{"a chunk without its end"};
  chunks_done_ = data.empty();
  return data;
}

}  // namespace laterbase::tests
