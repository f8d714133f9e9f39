"""Speaks https with clients and http with a server behind it, which knows nothing of that: its own address is another
one in what it says. Arguments: certificate, key, address of the server, and the name and port under which clients
know it (the port of this program, where it is 0). The first line of output is the port."""

import http.client
import http.server
import ssl
import sys
from urllib.parse import urlsplit

certificate, key, behind, name, port = sys.argv[1:]
target = urlsplit(behind)


class Front(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "expect")}
        server.request(self.command, self.path, body, {**headers, "Connection": "close"})
        answer = server.getresponse()
        known = port if port != "0" else str(self.server.server_port)
        data = answer.read().replace(behind.rstrip("/").encode(), f"https://{name}:{known}".encode())
        self.send_response(answer.status)
        for header, value in answer.getheaders():
            if header.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                self.send_header(header, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = forward

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def finish_request(self, request, client):
        # In the connection's own thread: a client that says nothing keeps nobody else waiting.
        try:
            secure = context.wrap_socket(request, server_side=True)
        except (ssl.SSLError, ConnectionError):
            return  # a client that does not trust us
        self.RequestHandlerClass(secure, client, self)
        secure.close()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server = Server(("127.0.0.1", 0), Front)
print(server.server_port, flush=True)
server.serve_forever()
