#include "webhook/server/http_answer.h"

#include <string_view>
#include <utility>

namespace railhook {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
  }
  return "";  // RFC 9112 4: clients ignore it
}

std::string HttpDate(std::time_t now) {
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

void Field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

HttpResponse PlainText(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

HttpResponse PrometheusText(std::string text) {
  HttpResponse response = PlainText(200, std::move(text));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

std::string Serialize(const HttpResponse& response, BodyForm form, std::time_t now) {
  std::string out;
  out.reserve(response.body.size() + 256);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(Reason(response.status)).append("\r\n");
  Field(out, "Date", HttpDate(now));
  Field(out, "Connection", response.close ? "close" : "keep-alive");
  Field(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) Field(out, name, value);
  Field(out, "Content-Length", std::to_string(response.body.size()));
  out.append("\r\n");
  if (form == BodyForm::kWhole) out.append(response.body);
  return out;
}

}  // namespace railhook
