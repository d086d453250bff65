#include "shield/http/form_watch.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shield/http/request_names.hpp"

using namespace anchorhold::egress;

namespace {

// In every split into two.
bool passes(FormKind kind, std::string_view form) {
    const bool whole = FormWatch(kind).pass(form);
    for (std::size_t at = 0; at <= form.size(); ++at) {
        FormWatch watch(kind);
        const bool first = watch.pass(form.substr(0, at));
        CHECK((watch.pass(form.substr(at)) && first) == whole);
    }
    return whole;
}

std::string part(std::string_view disposition) {
    return "--x\r\n" + std::string(disposition) + "\r\n\r\nDELETE\r\n--x--\r\n";
}

}  // namespace

TEST_CASE("a form's field that makes another method is seen in any spelling and place") {
    for (const char* form :
         {"_method=DELETE", "a=b&_method=x", "a=b;_Method=x", "%5fmethod=x", "_m%65thod=", "+method=x", ".method=x",
          "a&_method=x", "_http_method=x", "X-HTTP-Method-Override=x", "_HttpMethod=x", "[method=x", "[_method=x",
          "_method%00x=x", "{\"a\":\"b&_method=x", "_{method=x"}) {
        INFO(form);
        CHECK_FALSE(passes(FormKind::urlencoded, form));
    }
    CHECK_FALSE(FormWatch(FormKind::urlencoded).pass("a=" + std::string(100000, 'b') + "&_method=DELETE"));
    for (const std::size_t many : {10UZ, 42UZ, 43UZ, 44UZ, 127UZ, 128UZ, 129UZ, 5000UZ}) {
        std::string blanks;
        for (std::size_t i = 0; i < many; ++i)
            blanks += "%20";
        INFO(many);
        CHECK_FALSE(FormWatch(FormKind::urlencoded).pass(blanks + "_method=DELETE"));
        CHECK_FALSE(FormWatch(FormKind::urlencoded).pass(std::string(many, ' ') + "_method=DELETE"));
        CHECK_FALSE(FormWatch(FormKind::urlencoded).pass("_method%00" + blanks + "=DELETE"));
    }
    for (const char* form :
         {"", "a=_method", "a=b", "method=x", "payment_method=x", "a=_method=x", "_method", "methods=x"}) {
        INFO(form);
        CHECK(passes(FormKind::urlencoded, form));
    }
}

TEST_CASE("what is sent as a form and is none passes") {
    for (const char* body : {R"({"jsonrpc":"2.0","method":"f","params":{"url":"http://x/?a=1"}})",
                             R"([ {"method":"f","url":"http://x/?a=1"}])", "\n{\"http-method\": \"a=b\"}"}) {
        INFO(body);
        CHECK(passes(FormKind::urlencoded, body));
    }
    CHECK(FormWatch(FormKind::urlencoded).pass("log: " + std::string(1000, 'x') + " http a=b"));
    CHECK(FormWatch(FormKind::urlencoded).pass(std::string(1000, 'x') + "_method=b"));
}

TEST_CASE("so it is in the parts of a multipart form") {
    for (const char* line :
         {"Content-Disposition: form-data; name=\"_method\"", "content-disposition:form-data;name=_method",
          "Content-Disposition: form-data; name*=utf-8''%5Fmethod",
          "Content-Disposition: form-data;\r\n name=\"_method\"", "Content-Disposition: form-data; name=\"\\_method\"",
          "Content-Disposition: form-data; filename=\"a\"; NAME = \"_Method\""}) {
        INFO(line);
        CHECK_FALSE(passes(FormKind::multipart, part(line)));
    }
    CHECK(passes(FormKind::multipart, part("Content-Disposition: form-data; name=\"file\"; filename=\"_method\"") +
                                          "<input type=\"hidden\" name=\"_method\" value=\"patch\">\r\n"));
    CHECK_FALSE(
        FormWatch(FormKind::multipart).pass(part("Content-Disposition: form-data; name=\"" + std::string(5000, 'a'))));
}

TEST_CASE("what is a form") {
    CHECK(form_kind("") == FormKind::urlencoded);
    CHECK(form_kind("Application/X-WWW-Form-Urlencoded; charset=utf-8") == FormKind::urlencoded);
    CHECK(form_kind("multipart/form-data; boundary=x") == FormKind::multipart);
    CHECK(form_kind("application/json") == FormKind::none);
}

TEST_CASE("fields are told by class, not by list") {
    for (const char* name :
         {"X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL",
          "X-Original-URI", "X-Forwarded-Uri", "X-Forwarded-Prefix", "X-Forwarded-Method", "X-Original-Method",
          "X-OriginalUrl", "x_http_method_override", "Method-Override", "X-Original-Host", "X-HTTP-Host-Override",
          "X-Envoy-Original-Path", "X-HTTP-Path-Override", "Destination-Account"}) {
        INFO(name);
        CHECK(field_class(name) == FieldClass::other_request);
    }
    for (const char* name : {"Destination", "X-Amz-Copy-Source", "x-ms-copy-source", "X-Goog-Copy-Source",
                             "x-oss-copy-source", "x-ms-rename-source", "X-Copy-From"}) {
        INFO(name);
        CHECK(field_class(name) == FieldClass::other_target);
    }
    for (const char* name :
         {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-User", "X-Host",
          "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Remote-User", "Remote-User", "X-SSL-Client-Verify",
          "Client-Cert", "X-Forwarded-Client-Cert"}) {
        INFO(name);
        CHECK(field_class(name) == FieldClass::proxy_claim);
    }
    for (const char* name : {"Authorization",
                             "X-Authorization",
                             "Cookie",
                             "X-Api-Key",
                             "api-key",
                             "apikey",
                             "Ocp-Apim-Subscription-Key",
                             "Private-Token",
                             "Job-Token",
                             "X-Auth-Token",
                             "X-Vault-Token",
                             "X-Amz-Security-Token",
                             "Sudo",
                             "Impersonate-User",
                             "X-Session-Id",
                             "Jenkins-Crumb",
                             "X-Auth-Key",
                             "x_api_key",
                             "DPoP",
                             "x-authtoken",
                             "accesstoken",
                             "X-SESSIONTOKEN",
                             "x-accesskey",
                             "x-usersession",
                             "UnLock-Token",
                             "X-Sentry-Auth"}) {
        INFO(name);
        CHECK(field_class(name) == FieldClass::login);
    }
    for (const char* name : {"Accept",
                             "Idempotency-Key",
                             "Lock-Token",
                             "Sec-WebSocket-Key",
                             "Mcp-Session-Id",
                             "X-Request-Id",
                             "Anthropic-Version",
                             "locktoken",
                             "idempotencykey",
                             "mcp-session-id",
                             "x-max-tokens",
                             "X-Amz-Copy-Source-If-Match",
                             "X-Amz-Server-Side-Encryption-Customer-Key",
                             "X-Ms-Continuation-Token",
                             "Access-Control-Request-Method",
                             "HTTP-Referer",
                             "X-Requested-With",
                             "Upgrade-Insecure-Requests",
                             "Origin",
                             "X-GitHub-Api-Version",
                             "Depth",
                             "Overwrite",
                             "If"}) {
        INFO(name);
        CHECK(field_class(name) == FieldClass::plain);
    }
}

TEST_CASE("parameters that log in, and those that only turn pages") {
    for (const char* name : {"access_token", "private_token", "token", "accessToken", "api_key", "apikey", "API-Key",
                             "X-Amz-Signature", "client_secret", "sudo", "%61ccess_token", "X-Goog-Credential",
                             "authtoken", "accesstoken", "ACCESSTOKEN", "oauthtokensecret", "userpassword"}) {
        INFO(name);
        CHECK(names_login(name));
    }
    for (const char* name :
         {"page_token", "pageToken", "nextPageToken", "next_token", "continuation-token", "key", "q", "tokens", "user",
          "pagetoken", "nextsynctoken", "$skiptoken", "$deltatoken", "pagination_token", "max_tokens", "tokenizer"}) {
        INFO(name);
        CHECK_FALSE(names_login(name));
    }
}

TEST_CASE("a null byte hides no method") {
    CHECK(names_method("_method%00x"));
    CHECK(names_method("_method%00"));
    CHECK_FALSE(names_method("%00"));
}

TEST_CASE("a query's parameters") {
    const auto found = query_parameters("/a?b=c&d;e=f=g&&h=");
    REQUIRE(found.size() == 5);
    CHECK(found[0].name == "b");
    CHECK(found[0].value == "c");
    CHECK(found[1].name == "d");
    CHECK(found[2].value == "f=g");
    CHECK(found[3].name.empty());
    CHECK(query_parameters("/a").empty());
    for (const char* target : {"/a%3Fb=c", "/a%3fx&b=c", "/a%253Fb=c", "/a%3Fx%26b%3Dc", "/a%3Fb=c?d=e"}) {
        INFO(target);
        CHECK(std::ranges::any_of(query_parameters(target),
                                  [](const Parameter& one) { return one.name == "b" && one.value == "c"; }));
    }
    CHECK(query_parameters("/a?q=x%3Fb=c").size() == 1);
}
