"""Speaking invitations (演讲邀请): experts are asked to appear in a session, answer behind a link of their own,
and hand in biography, photo and slides there. Who was asked is announced once they confirm."""
