"""Candidate machines (考生机): bound to seats by a key, admitted at each boot, woken and shut down.

A seat agent of the kiosk image, or the seat page in a browser, proves the machine's key by signing a
challenge. A bound machine then gets a certificate of the site's own seat authority (agents) and a token
in a cookie (browsers), both for its present address alone and until `seats.admission_hours` are over.

Where nginx speaks TLS in front, it checks the certificate and tells its fingerprint in a header, which
is believed from this machine alone (`listen.behind_proxy`). `STATE` is the server's state folder:

    ssl_client_certificate  STATE/seats/authority.pem;
    ssl_verify_client       optional;
    error_page 495 = @kaodian;          # a certificate that is over: the seat page gets a new one
    location / {
        proxy_pass http://127.0.0.1:8080;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Seat-Certificate-Verify $ssl_client_verify;
        proxy_set_header X-Seat-Certificate-Fingerprint $ssl_client_fingerprint;
        proxy_buffering off;
    }
    location @kaodian { ...the same as above... }
"""
